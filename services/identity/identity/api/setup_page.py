"""The page behind an invitation's link: a form, and a script that sends it as JSON.

It needs nothing but itself, so that it works before there is a console. Its policy allows this script and style,
and no others.
"""

import base64
import hashlib

_SCRIPT = """
const form = document.querySelector("form"), said = document.querySelector("output");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { token: location.hash.slice(1), password: form.password.value };
  for (const name of ["name", "email"]) if (form[name].value) body[name] = form[name].value;
  const answer = await fetch(location.pathname, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (answer.ok) form.remove();
  const problem = [told.detail, ...(told.errors ?? []).map((one) => one.message)].join(" ");
  said.value = answer.ok ? `${told.email}: you can sign in now. 现在可以登录了。` : problem;
});
"""

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; }
label { display: block; margin: 1rem 0; } input { display: block; width: 100%; font: inherit; padding: .4rem; }
button { font: inherit; padding: .4rem 1rem; } small { color: #555; }
"""

PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Huiying 回应</title>
<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>
<body><h1>Huiying 回应</h1>
<form>
<label>Name 姓名 <small>(first administrator only 仅首位管理员)</small><input name="name" autocomplete="name"></label>
<label>E-mail 邮箱 <small>(first administrator only 仅首位管理员)</small>
<input name="email" type="email" autocomplete="username"></label>
<label>Password 密码 <small>12–128</small>
<input name="password" type="password" minlength="12" maxlength="128" required autocomplete="new-password"></label>
<button>OK</button></form><output></output>
<script>{_SCRIPT}</script></body></html>
"""


def _source(inline: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; connect-src 'self'; script-src {_source(_SCRIPT)}; style-src {_source(_STYLE)}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the page."""
