"""How the page looks."""

STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 7%, transparent); --accent: light-dark(#0b5cad, #7cb8ff); }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 17rem minmax(0, 1fr); background: light-dark(#fff, #16181c); color: light-dark(#1c1f24, #e6e8eb); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem 1.25rem; border-right: 1px solid var(--line); font-size: .9rem; }
nav h1 { font-size: 1.2rem; margin: 0 0 1rem; }
nav ul { list-style: none; margin: .25rem 0 .5rem; padding-left: .8rem; }
nav p { margin: .25rem 0; }
summary { cursor: pointer; padding: .15rem 0; }
main { padding: 1rem 2rem 6rem; max-width: 62rem; min-width: 0; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { margin: 0 0 .5rem; font-size: 1.1rem; }
h4 { margin: 1rem 0 .25rem; font-size: .95rem; }
article { margin: 1.25rem 0; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: .5rem; }
article:target { border-color: var(--accent); }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
code, pre { font: .87em/1.5 ui-monospace, monospace; }
code { background: var(--soft); padding: .1em .3em; border-radius: .25em; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .75rem 1rem; border-radius: .4rem; overflow: auto; }
.path { margin: 0 0 .5rem; }
.path b { display: inline-block; min-width: 4.2rem; font: 700 .8rem ui-monospace, monospace; color: light-dark(#1d7a36, #6fd08c); }
.path .post, .path .put, .path .patch { color: light-dark(#9a5b00, #f0b35a); }
.path .delete { color: light-dark(#b3261e, #ff8a80); }
div { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; font-weight: 600; }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
em { opacity: .7; }
@media (max-width: 50rem) {
  body { display: block; }
  nav { position: static; height: auto; border: 0; border-bottom: 1px solid var(--line); }
  main { padding: 1rem; }
  article { padding: .75rem; }
}
"""  # noqa: E501  # a rule a line
