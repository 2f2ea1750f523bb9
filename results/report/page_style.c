/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the page looks. Colours are variables, by day, by night and on paper;
 * texts have a contrast of 4.5:1 and more, lines of 3:1.
 */
#include "results/report/page.h"

static const char day[] =
    "--paper:#fff;--ink:#1b1b1b;--soft:#555;--faint:#808080;--edge:#c8c8c8;"
    "--shade:#f3f3f3;--link:#0b5394;--good:#0a6640;--warn:#8a4b00;--bad:#"
    "b00020;"
    "--c1:#0072b2;--c2:#b84c00;--c3:#007a5a;--c4:#a2387c;--c5:#806000;"
    "--c6:#56599e;--c7:#2b7a8c;--c8:#6b4a3a";

static const char night[] =
    "--paper:#161616;--ink:#ececec;--soft:#b4b4b4;--faint:#8c8c8c;"
    "--edge:#474747;--shade:#232323;--link:#8ac4ff;--good:#6fd8a0;"
    "--warn:#ffb761;--bad:#ff8f9c;--c1:#56b4e9;--c2:#ff9a5c;--c3:#2fcf9f;"
    "--c4:#e79ac8;--c5:#e6b422;--c6:#aab0ff;--c7:#7fd3e6;--c8:#d9b3a0";

static const char rules[] =
    "*{box-sizing:border-box}"
    "html{background:var(--paper);color:var(--ink);line-height:1.5;"
    "font-family:system-ui,sans-serif;-webkit-text-size-adjust:100%}"
    "body{margin:0 auto;max-width:60rem;padding:1rem;overflow-wrap:anywhere}"
    "a{color:var(--link)}"
    "a:focus-visible,summary:focus-visible,"
    ".scroll:focus-visible{outline:3px solid var(--link);outline-offset:2px}"
    ".skip{position:absolute;left:-99rem}.skip:focus{position:static}"
    "h1{font-size:1.6rem;line-height:1.2}"
    "h2{font-size:1.3rem;line-height:1.25;"
    "border-bottom:1px solid var(--edge);padding-bottom:.2rem;"
    "margin-top:2.2rem}h3{font-size:1.05rem;margin:1.4rem 0 .3rem}"
    "nav ol{margin:.3rem 0;padding-left:1.6rem}"
    "nav ul{margin:.1rem 0 .4rem;padding:0;list-style:none;display:flex;"
    "flex-wrap:wrap;gap:0 1rem}"
    ".verdict{font-size:1.12rem;border-left:.35rem solid var(--link);"
    "background:var(--shade);padding:.6rem .8rem;margin:.8rem 0}"
    ".badges{list-style:none;margin:.6rem 0;padding:0;display:flex;"
    "flex-wrap:wrap;gap:.35rem}"
    ".badges li{border:1px solid currentColor;border-radius:.3rem;"
    "padding:0 .5rem;font-size:.9rem}.good{color:var(--good)}"
    ".warn{color:var(--warn)}.bad{color:var(--bad)}"
    ".scroll{overflow-x:auto;margin:.4rem 0}"
    "table{border-collapse:collapse;font-size:.92rem;"
    "font-variant-numeric:tabular-nums}"
    "caption{text-align:left;font-weight:600;padding:.2rem 0}"
    "th,td{padding:.15rem .6rem;text-align:right;"
    "border-bottom:1px solid var(--edge);white-space:nowrap;"
    "overflow-wrap:normal}"
    "th[scope=row],th[scope=rowgroup]{max-width:22rem;"
    "overflow-wrap:break-word}th{font-weight:600;vertical-align:top}"
    "th[scope=row],th[scope=rowgroup],.left,.facts td{text-align:left}"
    ".facts td,.wrap,th[scope=row],th[scope=rowgroup]{white-space:normal}"
    ".facts td,.wrap{overflow-wrap:anywhere}"
    ".map td{text-align:center;min-width:2.2rem;border:1px solid var(--edge)}"
    "figure{margin:1rem 0}"
    "figure svg{display:block;width:100%;height:auto;max-width:47.5rem}"
    "svg text{font:14px system-ui,sans-serif;fill:var(--ink);stroke:none}"
    "figure .scroll svg{min-width:34rem}"
    "figcaption,.note{color:var(--soft);font-size:.92rem;max-width:47.5rem}"
    "details{margin:.3rem 0}"
    "summary{cursor:pointer;color:var(--link);font-size:.92rem}"
    ".tall{max-height:24rem;overflow:auto}"
    "pre{background:var(--shade);padding:.5rem;overflow-x:auto;"
    "white-space:pre-wrap;font-size:.85rem}code{font-size:.92em}"
    ".alert{border:1px solid var(--warn);border-left-width:.35rem;"
    "padding:.4rem .8rem;margin:.6rem 0}";

static const char paper[] =
    "@page{size:A4;margin:15mm}"
    "@media print{body{max-width:none;padding:0;font-size:10pt}"
    "details:not([open]),.skip{display:none}h2,h3{break-after:avoid}"
    "figure .scroll "
    "svg{min-width:0}figure,tr,.verdict{break-inside:avoid}.scroll{overflow:"
    "visible}"
    "table{font-size:8pt;break-inside:avoid}.tall{max-height:none}"
    ".tall table,.facts{break-inside:auto}figure svg{max-width:15cm}"
    "th,td{padding:.1rem .35rem}th{white-space:normal}"
    "th[scope=row],th[scope=rowgroup]{max-width:9rem}"
    "a{color:inherit;text-decoration:none}";

void page_style(FILE *out)
{
    fprintf(out,
            "<style>:root{color-scheme:light dark;%s}"
            "@media(prefers-color-scheme:dark){:root{%s}}%s%s:root{%s}}"
            "</style>\n",
            day, night, rules, paper, day);
}
