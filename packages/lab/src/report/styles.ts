import { paletteCss } from './palette.ts';

/** The report's one style sheet: light, dark and print; no font or picture from anywhere else. */
export function reportCss(): string {
  return `
:root{color-scheme:light dark;${paletteCss('light')};--page:#f4f6f8}
@media (prefers-color-scheme:dark){:root{${paletteCss('dark')};--page:#0e141b}}
@media print{:root{color-scheme:light;${paletteCss('light')};--page:#ffffff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:30px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:21px;margin:44px 0 6px}
h3{font-size:16px;margin:0 0 4px}
p{margin:6px 0 10px;max-width:78ch}
.quiet{color:var(--muted)}
.small{font-size:13.5px}
header .quiet{margin:0 0 18px}
.verdict{background:var(--panel);border:1px solid var(--rule);border-left:6px solid var(--tone);border-radius:8px;padding:16px 20px;margin:18px 0}
.verdict p{font-size:17px;margin:4px 0 0}
.verdict strong{color:var(--tone)}
.held{--tone:var(--healthy)}.mixed{--tone:var(--liquidatable)}.failed{--tone:var(--insolvent)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:12px;margin:0;padding:0}
.tile{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:12px 14px}
.tile dt{font-size:13.5px;color:var(--muted)}
.tile dd{margin:0}
.tile .value{font-size:24px;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.3}
.notice{border:1px solid var(--rule);border-radius:8px;padding:8px 14px;margin:14px 0;background:var(--panel)}
nav{margin:18px 0 0}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;margin:0;padding:0}
a{color:var(--series-1)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:16px}
figure{margin:14px 0 0;background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:14px 16px;min-width:0}
figcaption p{margin:0 0 6px}
svg{display:block;width:100%;height:auto}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:4px 0 6px;padding:0;font-size:13.5px}
.legend i{display:inline-block;width:14px;height:10px;border-radius:2px;margin-right:6px;background:var(--swatch)}
details{margin-top:8px;font-size:14px}
summary{cursor:pointer;color:var(--muted)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums;margin:8px 0}
caption{text-align:left;color:var(--muted);padding-bottom:6px}
th,td{padding:6px 10px;text-align:left;border-bottom:1px solid var(--rule);vertical-align:top}
thead th{color:var(--muted);font-weight:600;border-bottom:2px solid var(--rule)}
th[scope=row]{font-weight:600}
.right{text-align:right}
td.right{white-space:nowrap}
.panel{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:6px 16px;margin-top:12px}
.sub{display:block;font-weight:400;color:var(--muted);font-size:13px;min-width:15em}
.worst{display:block;color:var(--muted);font-size:13px}
.history td,.history th{background:var(--page)}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em;overflow-wrap:anywhere}
ul.losses li{margin:6px 0;max-width:78ch}
footer{margin-top:48px;border-top:1px solid var(--rule);padding-top:14px}
@media print{
 body{font-size:11pt}main{max-width:none;padding:0}nav{display:none}
 figure,.panel,.tile,.verdict,tr{break-inside:avoid}h2,h3{break-after:avoid}
 details::details-content{content-visibility:visible;display:block}
 .tiles{grid-template-columns:repeat(3,1fr)}.pair{grid-template-columns:1fr 1fr}
}`;
}
