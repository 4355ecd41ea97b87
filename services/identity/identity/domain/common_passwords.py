"""The passwords of at least twelve characters that turn up first in published lists, in lower case.

Shorter ones are refused for their length. The usual words with the usual endings are a product of two lists.
"""

_WORDS = """
password passw0rd p@ssword p@ssw0rd pass1234 qwerty qwertyuiop iloveyou princess sunshine football baseball basketball
superman batman spiderman starwars pokemon welcome admin administrator letmein monkey dragon master shadow michael
jordan jennifer ashley charlie jessica michelle nicole daniel computer internet samsung google facebook instagram
whatever trustno1 changeme default secret testing temporary company security summer winter spring autumn woaini
woaini1314 huiying huiying2024 huiying2025 huiying2026 tencent alibaba xiaomi huawei weixin wechat 1q2w3e4r 1qaz2wsx
qazwsx qazwsxedc zxcvbnm asdfghjkl asdfgh abc abcd abcdef abc123 a1b2c3 q1w2e3r4 chelsea liverpool arsenal barcelona
manchester newyork london freedom blessed forever hello helloworld
"""

_ENDINGS = """
1 12 123 1234 12345 123456 1234567 12345678 123456789 1234567890 ! !! 1! 12! 123! 1234! 12345! @1 @12 @123 @1234 #1
#123 01 007 69 88 99 111 222 321 520 521 1314 5201314 666 777 888 999 000 2020 2021 2022 2023 2024 2025 2026 2020!
2021! 2022! 2023! 2024! 2025! 2026! @2020 @2021 @2022 @2023 @2024 @2025 @2026 abc abc123 admin password qwerty
"""

_WHOLE = """
123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 12345678910 1234567891011 123456123456
123123123123 112233445566 111222333444 147258369147 159753159753 987654321012 987654321987 0987654321098 012345678901
0123456789012 qwertyuiopasdf qwertyuiop[] qwertyuiop123 qwertyuiopas qwertyuiopasdfghjkl qwertyqwerty qwerty123456
1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qaz@wsx3edc 1q2w3e4r5t6y 1q2w3e4r5t6y7u8i qazwsxedcrfv qazwsxedc123 asdfghjkl123
asdfasdfasdf asdfghjklzxc zxcvbnm12345 zxcvbnmasdfg abcdefghijkl abcdefghijklm abcdefghijklmnop abcd1234abcd
abc123abc123 abcd12345678 a123456789012 a12345678901 aa1234567890 aaa123456789 passwordpassword password1password
iloveyouforever iloveyousomuch ilovemyfamily iloveyouiloveyou letmeinletmein letmeinplease correcthorsebatterystaple
thisisapassword thisismypassword mypassword123 mysecretpassword notapassword nopassword123 unbreakable1 opensesame123
administrator adminadminadmin adminadmin123 administrator1 rootrootroot testtesttest testpassword welcometohell
changemechangeme changeme12345 pleasechangeme supersecret123 secretsecret secretpassword correcthorse woaiwojia1314
woaini5201314 woainiwoaini 5201314520131 a5201314520131 wangyut2wang zhangwei1234 wodemima1234 mima12345678
huiyinghuiying huiyinghuiying1 huiyingadmin huiyingpassword
"""

COMMON_PASSWORDS = frozenset(_WHOLE.split()) | {word + ending for word in _WORDS.split() for ending in _ENDINGS.split()}
