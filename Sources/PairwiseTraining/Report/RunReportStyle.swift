/// The style sheet of a report.
///
/// Two colours carry the meaning, blue (1) and vermilion (2) after Okabe and Ito, which colour-blind
/// eyes tell apart; ten more tell series apart, together with marks, dashes and names. No figure relies on colour
/// alone. Text has a contrast of at least 4.5 : 1.
enum RunReportStyle {
  static let sheet: Markup = "\(colours)\n\(page)\n\(parts)\n\(tables)\n\(charts)\n\(adaptations)"

  /// For a picture that stands alone.
  static let picture: Markup = "\(colours)\n\(charts)\nsvg text { font-family: sans-serif }"

  static let colours: Markup = """
    :root {
      color-scheme: light dark;
      --ground: #f6f7f9; --card: #ffffff; --ink: #171b22; --soft: #565f6c; --line: #dfe3e8;
      --grid: #e9ecf0; --c1: #0067a8; --c2: #b54708; --code: #f0f2f5; --focus: #0067a8;
      --c3: #008563; --c4: #5b1a6e; --c5: #c42d7a; --c6: #2f353d; --c7: #7a6500;
      --c8: #2f7f8c; --c9: #7c1420; --c10: #5a5fe0; --c11: #4e5f10; --c12: #7d6350;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #0f1216; --card: #171b21; --ink: #e9ecf1; --soft: #a3adba; --line: #2b323c;
        --grid: #252b33; --c1: #62b8f0; --c2: #f5a05c; --code: #11151a; --focus: #62b8f0;
        --c3: #3fd6a4; --c4: #9d78ea; --c5: #ff6aa2; --c6: #f1f3f5; --c7: #d9c24a;
        --c8: #3f9aa8; --c9: #e0604f; --c10: #8fa3ff; --c11: #a9cf55; --c12: #c9b09c;
      }
    }
    .c0 { --c: var(--soft) } .c1 { --c: var(--c1) } .c2 { --c: var(--c2) } .c3 { --c: var(--c3) } .c4 { --c: var(--c4) }
    .c5 { --c: var(--c5) } .c6 { --c: var(--c6) } .c7 { --c: var(--c7) } .c8 { --c: var(--c8) }
    .c9 { --c: var(--c9) } .c10 { --c: var(--c10) } .c11 { --c: var(--c11) } .c12 { --c: var(--c12) }
    """

  private static let page: Markup = """
    * { box-sizing: border-box }
    html { scroll-behavior: smooth; -webkit-text-size-adjust: 100% }
    body {
      margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: break-word;
      font: 16px/1.55 Inter, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans",
        "Liberation Sans", Arial, sans-serif;
      font-feature-settings: "tnum";
    }
    header, main, footer { max-width: 1080px; margin: 0 auto; padding: 0 24px }
    header { padding-top: 56px }
    .eyebrow {
      margin: 0 0 4px; color: var(--soft); font-size: 13px; font-weight: 600;
      letter-spacing: .08em; text-transform: uppercase;
    }
    h1 {
      margin: 0 0 16px; font-size: clamp(30px, 5.5vw, 46px); line-height: 1.1;
      letter-spacing: -.022em; overflow-wrap: anywhere;
    }
    h2 { margin: 0 0 4px; font-size: 24px; letter-spacing: -.012em; line-height: 1.25 }
    h3 { margin: 20px 0 6px; font-size: 14px; font-weight: 600 }
    .lede { max-width: 44em; margin: 0 0 8px; font-size: 18px; line-height: 1.5 }
    .lede ~ .lede { color: var(--soft); font-size: 16px }
    .lead { margin: 0; color: var(--soft); max-width: 44em }
    .remark { padding: 10px 14px; border-left: 3px solid var(--c2); background: var(--card) }
    section { margin-top: 56px; scroll-margin-top: 16px }
    p, dd { text-wrap: pretty }
    a { color: var(--c1); text-underline-offset: .18em; text-decoration-thickness: 1px }
    :focus-visible { outline: 2px solid var(--focus); outline-offset: 3px; border-radius: 4px }
    .skip { position: absolute; left: -999px; padding: 8px 14px; background: var(--card) }
    .skip:focus { left: 8px; top: 8px }
    nav ul {
      display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 24px 0 0; padding: 12px 0 0;
      border-top: 1px solid var(--line); list-style: none; font-size: 15px;
    }
    footer { margin-top: 64px; padding-bottom: 48px; color: var(--soft); font-size: 14px }
    """

  private static let parts: Markup = """
    .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px }
    .tiles {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 16px;
      margin: 16px 0 0;
    }
    .tile {
      padding: 16px 18px 14px; background: var(--card); border: 1px solid var(--line);
      border-radius: 12px;
    }
    dt { color: var(--soft); font-size: 14px }
    dd { margin: 0 }
    dd.value {
      margin: 2px 0; overflow-wrap: anywhere; font-size: 32px; font-weight: 650; letter-spacing: -.02em; line-height: 1.2;
    }
    dd.interval { color: var(--soft); font-size: 13.5px; line-height: 1.4 }
    .grid, .column { display: grid; gap: 20px; align-content: start }
    .grid { margin-top: 20px }
    .column { grid-template-columns: minmax(0, 1fr) }
    .column > *, .grid > * { min-width: 0 }
    .halves { grid-template-columns: repeat(2, minmax(0, 1fr)) }
    .thirds { grid-template-columns: repeat(3, minmax(0, 1fr)) }
    .pairs { display: grid; gap: 16px; margin-top: 16px }
    .pair { position: relative; padding: 4px 20px 18px }
    .pair h3 { color: var(--soft); margin: 14px 0 4px; font-size: 13px }
    .badge {
      position: absolute; top: 14px; right: 20px; margin: 0; color: var(--c2); font-size: 13px;
      font-weight: 600;
    }
    .text {
      margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate;
      font-size: 15px; line-height: 1.5;
    }
    .sides { display: grid; grid-template-columns: 1fr 1fr; gap: 0 28px; margin-top: 4px }
    pre {
      margin: 0; padding: 14px 16px; overflow-x: auto; background: var(--code);
      border: 1px solid var(--line); border-radius: 10px;
      font: 13.5px/1.55 ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", Menlo, monospace;
    }
    code { font: inherit }
    .findings { margin: 20px 0 0; padding: 0; list-style: none; display: grid; gap: 10px }
    .findings li { padding: 12px 18px; background: var(--card); border: 1px solid var(--line); border-radius: 10px }
    .findings li::marker { content: "" }
    .best { font-weight: 650 }
    .claims { margin: 6px 0 0; padding-left: 20px }
    .claim { margin-top: 14px; padding: 14px 20px 16px; scroll-margin-top: 16px }
    .claim > summary { cursor: pointer }
    .claim > summary h3 { display: inline; font-size: 16px }
    .claim > summary .line { display: block; margin-top: 4px; max-width: 52em }
    .claim > summary .verdict { font-size: 15px }
    .claim > p:last-child { margin-bottom: 0 }
    .sign { display: inline-block; width: 1.1em; text-align: center; font-weight: 650 }
    .sign.c1, .sign.c2 { color: var(--c) }
    """

  private static let tables: Markup = """
    .wide { overflow-x: auto; margin-top: 24px }
    table { border-collapse: collapse; width: 100%; font-size: 15px }
    caption { padding: 0 0 8px; text-align: left; font-size: 14px; font-weight: 600 }
    th, td {
      padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); text-align: right;
      vertical-align: top; font-variant-numeric: tabular-nums; white-space: nowrap;
    }
    th { font-weight: 400 }
    thead th { color: var(--soft); font-size: 13px }
    th:first-child, td:first-child, .words { text-align: left }
    .words { white-space: normal; overflow-wrap: break-word }
    .words span { white-space: nowrap; margin-right: 10px }
    .words span:empty { display: none }
    small { color: var(--soft); font-size: 13px }
    .figures :is(th, td) + .words { padding-left: 14px }
    th[scope=row] { white-space: normal; overflow-wrap: break-word }
    .numbers { margin: 8px 0 0; font-size: 14px }
    .numbers summary { color: var(--soft); cursor: pointer; width: fit-content }
    .numbers .wide { margin-top: 8px }
    .numbers table { font-size: 13px }
    .numbers th, .numbers td { padding: 4px 10px 4px 0 }
    """

  static let charts: Markup = """
    .chart { margin: 0; padding: 16px 18px 14px }
    figcaption { font-size: 17px; font-weight: 600; letter-spacing: -.005em }
    .legend {
      display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 4px 0 0; padding: 0; list-style: none;
      color: var(--soft); font-size: 13px;
    }
    .key {
      display: inline-block; position: relative; width: 20px; height: 3px; margin: 0 7px 3px 0;
      border-radius: 2px; background: var(--c); vertical-align: middle;
    }
    .key.pale { height: 9px; opacity: .28 }
    .key.dotted::after {
      content: ""; position: absolute; left: 6px; top: -3px; width: 9px; height: 9px;
      border-radius: 50%; background: var(--c);
    }
    .picture { margin-top: 8px }
    .note { margin: 6px 0 0; color: var(--soft); font-size: 13.5px; line-height: 1.45 }
    svg { display: block; width: 100%; max-width: 100%; height: auto; overflow: visible }
    svg text { font-size: 12px; fill: var(--ink) }
    svg .tick, svg .label { fill: var(--soft); font-size: 11.5px }
    svg .label.hint { font-style: italic; font-size: 11.5px }
    svg .row { font-size: 12.5px }
    svg .end { fill: var(--c); font-weight: 600 }
    svg .halo { paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round }
    svg .rule { stroke: var(--grid); stroke-width: 1 }
    svg .axis { stroke: var(--soft); stroke-width: 1 }
    svg .reference { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 4 }
    svg .zero { stroke: var(--ink); stroke-width: 1.2 }
    svg .mean { fill: var(--ink) }
    svg .line {
      fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round;
    }
    svg .line.thin { stroke-width: 1.4 }
    svg .line.pale { stroke-width: 1; opacity: .3 }
    svg .band { fill: var(--c); opacity: .18 }
    svg .band.thin { opacity: .13 }
    svg .dashed { stroke-dasharray: 7 4 }
    svg .dots { stroke-dasharray: 1.5 4.5 }
    svg .tie { stroke: var(--c); stroke-width: 1; opacity: .6 }
    svg .level { fill: var(--ground); stroke: var(--line) }
    svg .group { font-weight: 600 }
    svg .fill { fill: var(--c) }
    svg .fill.pale { opacity: .42 }
    svg .knockout { stroke: var(--card); stroke-width: 1.4 }
    svg .hollow { fill: var(--card); stroke: var(--c); stroke-width: 1.8 }
    svg .ring { fill: none; stroke: var(--c); stroke-width: 1.6 }
    svg .whisker { stroke: var(--c); stroke-width: 1.3; opacity: .55 }
    svg .whisker.bold { stroke-width: 3.4; stroke-linecap: round; opacity: .4 }
    """

  private static let adaptations: Markup = """
    @media (max-width: 760px) {
      header, main, footer { padding-left: 16px; padding-right: 16px }
      header { padding-top: 32px }
      .halves, .thirds, .sides { grid-template-columns: minmax(0, 1fr) }
      .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px }
      .tile { padding: 12px 14px }
      dd.value { font-size: 26px }
      section { margin-top: 40px }
      .chart { padding: 14px 12px 12px }
      .words small { display: block }
      svg:not(.narrow) text { font-size: 14px }
      svg:not(.narrow) .tick, svg:not(.narrow) .label { font-size: 13.5px }
    }
    @media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto } }
    @media (forced-colors: active) {
      svg { forced-color-adjust: none; background: #fff }
    }
    @media print {
      :root {
        --ground: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --grid: #e4e4e4;
        --c1: #0067a8; --c2: #b54708; --code: #fff;
        --c3: #008563; --c4: #5b1a6e; --c5: #c42d7a; --c6: #2f353d; --c7: #7a6500;
        --c8: #2f7f8c; --c9: #7c1420; --c10: #5a5fe0; --c11: #4e5f10; --c12: #7d6350;
      }
      * { -webkit-print-color-adjust: exact; print-color-adjust: exact }
      body { font-size: 10.5pt }
      header, main, footer { max-width: none; padding: 0 }
      nav, .skip, .numbers { display: none }
      .claim::details-content { content-visibility: visible; block-size: auto }
      section { margin-top: 22pt }
      .card, .tile, tr { break-inside: avoid }
      h2, h3, caption { break-after: avoid }
      pre { white-space: pre-wrap; overflow-wrap: anywhere }
      @page { margin: 16mm }
    }
    """
}
