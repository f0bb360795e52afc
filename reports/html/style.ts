/** The one style sheet of the page. No font, image or script is fetched; verdicts are told by words, colour only helps. */
export const style = `
:root { color-scheme: light dark;
  --page: #f6f5f2; --card: #fff; --ink: #1d1f21; --soft: #5c6166; --line: #d9d7d1; --code: #f0efea;
  --passed: #1f6f43; --failed: #b3261e; --broken: #8a5a00; --known-issue: #6b3fa0; --aborted: #a33b6f; --neutral: #5c6166; --link: #1a56a0; }
@media (prefers-color-scheme: dark) { :root {
  --page: #15171a; --card: #1d2024; --ink: #e6e4df; --soft: #a1a6ab; --line: #34383d; --code: #121417;
  --passed: #6cc795; --failed: #ff8a80; --broken: #e8b45a; --known-issue: #c3a1ee; --aborted: #ee9cc2; --neutral: #a1a6ab; --link: #8ab8f2; } }
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: 1.9rem; letter-spacing: -.01em; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; } h4 { font-size: .8rem; letter-spacing: .05em; text-transform: uppercase; color: var(--soft); margin: 1.4rem 0 .4rem; }
p { margin: .5rem 0; max-width: 46rem; } a { color: var(--link); text-underline-offset: .15em; }
code, pre, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .86em; overflow-wrap: anywhere; }
.kicker { color: var(--soft); font-size: .9rem; margin: 0 0 .35rem; } .soft { color: var(--soft); } .small { font-size: .86rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; }
.alarm { border-left: .3rem solid var(--failed); margin: 1rem 0; } .alarm p { margin: 0; }
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.2rem, 1fr)); gap: .6rem; margin: 1.5rem 0 .6rem; padding: 0; list-style: none; }
.counts li { background: var(--card); border: 1px solid var(--line); border-top: .25rem solid var(--tone, var(--neutral)); border-radius: .4rem; padding: .5rem .75rem .6rem; }
.counts b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; color: var(--tone, var(--ink)); } .counts .none b { color: var(--soft); font-weight: 400; }
.counts .none { border-top-color: var(--line); } .counts span { font-size: .84rem; }
.passed { --tone: var(--passed); } .failed { --tone: var(--failed); } .broken { --tone: var(--broken); } .known-issue { --tone: var(--known-issue); } .aborted { --tone: var(--aborted); } .not-run, .not-applicable { --tone: var(--neutral); }
.verdict { color: var(--tone); font-weight: 650; white-space: nowrap; } .verdict::before { content: ""; display: inline-block; width: .6em; height: .6em; border-radius: 50%; background: var(--tone); margin-right: .45em; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.not-run .verdict::before, .not-applicable .verdict::before, .verdict.not-run::before, .verdict.not-applicable::before { background: none; border: .14em solid var(--tone); }
table { border-collapse: collapse; width: 100%; font-size: .92rem; } th { text-align: left; font-size: .78rem; font-weight: 600; color: var(--soft); } th, td { padding: .5rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; } .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } .cases { padding: .25rem .6rem; } .cases td:first-child { min-width: 15rem; } .cases .title { display: block; color: var(--soft); font-size: .86rem; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .3rem 1.25rem; margin: .5rem 0; } dt { color: var(--soft); font-size: .9rem; } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
details.case { margin: .6rem 0; padding: 0; border-left: .3rem solid var(--tone); } details.case > summary { cursor: pointer; padding: .7rem 1.1rem; display: grid; grid-template-columns: 1fr auto; gap: .1rem 1rem; list-style: none; }
details.case > summary::-webkit-details-marker { display: none; } details.case > summary h3 { font-size: 1rem; overflow-wrap: anywhere; } details.case > summary .title { grid-column: 1 / -1; color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
details.case > summary::after { content: "Show"; grid-column: 1 / -1; font-size: .82rem; color: var(--link); } details.case[open] > summary::after { content: "Hide"; } details.case > summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.body { padding: 0 1.1rem 1.1rem; border-top: 1px solid var(--line); } .reason { font-weight: 550; margin-top: .9rem; overflow-wrap: anywhere; }
.finding { border: 1px solid var(--line); border-left: .2rem solid var(--neutral); border-radius: .3rem; padding: .5rem .8rem; margin: .4rem 0; } .finding.violation { border-left-color: var(--failed); } .finding p { margin: .15rem 0; overflow-wrap: anywhere; } .finding .violation-word { color: var(--failed); font-weight: 650; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: .3rem; padding: .7rem .8rem; margin: .4rem 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; line-height: 1.45; max-height: 26rem; overflow: auto; }
pre.command { font-size: .86rem; } .steps { max-width: 42rem; } .steps td { padding: .25rem .6rem; } .steps svg { display: block; width: 100%; height: .6rem; margin-top: .45rem; fill: var(--soft); } .steps .bar { width: 45%; }
.map svg { display: block; width: 100%; height: auto; } .map text { font: 11px system-ui, sans-serif; fill: var(--soft); } .map .band { fill: var(--code); stroke: var(--line); } .map .flush { stroke: var(--soft); stroke-width: .6; } .map .commit { stroke: var(--ink); stroke-dasharray: 3 2; }
.map .old { fill: var(--link); opacity: .55; } .map .new { fill: var(--passed); opacity: .75; } .map .failing { fill: var(--failed); }
ul.plain { list-style: none; margin: .3rem 0; padding: 0; } footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; color: var(--soft); font-size: .86rem; }
@media (max-width: 44rem) { main { padding: 1.25rem .9rem 3rem; } h1 { font-size: 1.5rem; } .counts { grid-template-columns: repeat(2, 1fr); } .card { padding: .9rem 1rem; }
  .cases { padding: 0; background: none; border: 0; } .cases table, .cases tbody, .cases tr, .cases td { display: block; } .cases thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cases tr { background: var(--card); border: 1px solid var(--line); border-left: .3rem solid var(--tone); border-radius: .4rem; margin: .5rem 0; padding: .6rem .8rem; } .cases td { border: 0; padding: .1rem 0; text-align: left; }
  .cases td[data-label] { display: grid; grid-template-columns: 7.5rem 1fr; } .cases td[data-label]::before { content: attr(data-label); color: var(--soft); font-size: .84rem; } .cases td.empty { display: none; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } .body { padding: 0 .9rem .9rem; } details.case > summary { padding: .7rem .9rem; } .steps .bar { width: 30%; } }
@media print { @page { margin: 16mm 14mm; } :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --code: #fff; --passed: #14532d; --failed: #8f1b14; --broken: #6b4500; --known-issue: #4f2d7a; --aborted: #7c2450; --neutral: #444; --link: #000; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; } h2 { break-after: avoid; } h4 { break-after: avoid; } .finding, .alarm, dd, tr, .counts li { break-inside: avoid; } thead { display: table-header-group; }
  details.case::details-content { content-visibility: visible; display: block; height: auto; } details.case > summary { break-after: avoid; } details.case > summary::after { display: none; } pre { max-height: none; overflow: visible; } a { text-decoration: none; } .counts { grid-template-columns: repeat(4, 1fr); } }
`;
