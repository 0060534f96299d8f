/** The reader's style. It is in the code rather than in a file, so that a bundle contains it. */
export const readerStyle = `:root {
  color-scheme: light dark;
  --paper: #f5f3ee; --card: #fffdf9; --ink: #1d2623; --soft: #55605b; --line: #d9d5ca; --accent: #14594c; --wash: #e6ece6;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #121614; --card: #1a1f1d; --ink: #e9ece8; --soft: #a6b2ac; --line: #2f3834; --accent: #7cd0b6; --wash: #1f2b27; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 78rem; padding: 0 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 Seravek, 'Gill Sans Nova', Ubuntu, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif;
  overflow-wrap: anywhere;
}
a { color: var(--accent); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
code { font: 0.9em/1.4 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
.skip { position: absolute; left: -100vw; padding: 0.5rem 1rem; background: var(--card); }
.skip:focus { left: 1rem; top: 0.5rem; z-index: 1; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
header { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0.25rem 2rem; padding: 1.25rem 0 0.75rem; border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 1.5rem; }
h1 small { color: var(--soft); font-size: 0.9rem; font-weight: normal; }
header nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; }
header nav a { padding: 0.35rem 0; }
header nav a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
.contents ul { margin: 0; padding: 0; list-style: none; }
.contents > ul { display: flex; flex-wrap: wrap; gap: 0.5rem; padding: 0.75rem 0; }
.contents > ul > li > a { display: block; padding: 0.35rem 0.75rem; border: 1px solid var(--line); border-radius: 999px; background: var(--card); text-decoration: none; }
.contents ul ul { display: none; }
h2 { margin: 2.5rem 0 0.75rem; padding-bottom: 0.25rem; border-bottom: 1px solid var(--line); font-size: 1.3rem; }
h3 { margin: 0; font-size: 1rem; }
h3 a { color: inherit; text-decoration: none; }
h3 a:hover { text-decoration: underline; }
h4 { margin: 1rem 0 0.25rem; font-size: 0.95rem; }
p { margin: 0.35rem 0; }
article { margin: 0.75rem 0; padding: 0.9rem 1rem; border: 1px solid var(--line); border-radius: 12px; background: var(--card); }
.access, .bounds, .type { color: var(--soft); font-size: 0.92rem; }
.method { display: inline-block; min-width: 3.6rem; padding: 0 0.4rem; border-radius: 6px; background: var(--wash); font-size: 0.78rem; font-weight: 700; line-height: 1.6rem; text-align: center; }
.delete { outline: 1px solid currentcolor; outline-offset: -1px; }
details { margin-top: 0.4rem; }
summary { display: inline-block; padding: 0.3rem 0.1rem; color: var(--accent); cursor: pointer; }
summary::before { content: '+ '; font-weight: 700; }
[open] > summary::before { content: '− '; }
.fields { margin: 0.25rem 0; padding: 0 0 0 0.9rem; border-left: 2px solid var(--line); list-style: none; }
.fields li { padding: 0.3rem 0; }
.name { font-weight: 700; }
.required { padding: 0 0.4rem; border-radius: 6px; background: var(--wash); font-size: 0.85rem; }
.pattern { color: var(--soft); }
dl { margin: 0.25rem 0; }
dt { margin-top: 0.5rem; font-weight: 600; }
dd { margin: 0 0 0 0.9rem; }
@media (min-width: 60rem) {
  body { display: grid; grid-template-columns: 19rem minmax(0, 1fr); column-gap: 2.5rem; align-items: start; }
  header { grid-column: 1 / -1; }
  .contents { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; padding-bottom: 2rem; font-size: 0.88rem; }
  .contents > ul { display: block; }
  .contents > ul > li > a { padding: 0.6rem 0 0.2rem; border: 0; background: none; font-weight: 700; }
  .contents ul ul { display: block; }
  .contents ul ul a { display: block; padding: 0.15rem 0; text-decoration: none; }
  .contents a:hover { text-decoration: underline; }
  .contents .method { min-width: 3.2rem; font-size: 0.68rem; line-height: 1.2rem; }
}
@media print { .contents, .skip { display: none; } }
`;
