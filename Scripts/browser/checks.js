// Looks at a report from within; returns a sentence for each thing that is wrong.
({ contrast }) => {
  const problems = [];
  const say = (text) => problems.push(text);
  const short = (text) => "'" + text.trim().replace(/\s+/g, " ").slice(0, 40) + "'";
  const isShown = (element) => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    return style.visibility === "visible" && style.display !== "none" && box.width > 0 && box.height > 0;
  };

  // The page.
  const scroller = document.scrollingElement;
  if (scroller.scrollWidth > window.innerWidth) {
    const wide = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > window.innerWidth + 1
        && !element.closest(".wide, pre"));
    say(`scrolls sideways: ${scroller.scrollWidth} of ${window.innerWidth}`
      + (wide.length ? `, for ${wide[0].tagName} ${wide[0].className.baseVal ?? wide[0].className}` : ""));
  }
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter(isShown)
    .map((heading) => Number(heading.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) say("expected one h1");
  levels.forEach((level, index) => {
    if (index > 0 && level > levels[index - 1] + 1) say(`heading h${level} follows h${levels[index - 1]}`);
  });

  // Pictures.
  for (const figure of document.querySelectorAll("figure")) {
    const picture = figure.querySelector("svg");
    if (!picture) { say(`figure ${figure.id}: no picture`); continue; }
    const name = `figure ${figure.id}`;
    for (const part of ["title", "desc"]) {
      if (!picture.querySelector(`:scope > ${part}`)?.textContent.trim()) say(`${name}: no ${part}`);
    }
    const marks = picture.querySelectorAll("circle, rect, path.line, path.fill, path.hollow, path.band");
    if (![...marks].some(isShown)) say(`${name}: no marks of data`);
    const card = figure.getBoundingClientRect();
    const texts = [...picture.querySelectorAll("text")].filter(isShown);
    const boxes = texts.map((text) => text.getBoundingClientRect());
    texts.forEach((text, index) => {
      const box = boxes[index];
      if (box.left < card.left - 0.5 || box.right > card.right + 0.5 || box.top < card.top - 0.5
        || box.bottom > card.bottom + 0.5) {
        say(`${name}: text ${short(text.textContent)} is cut off`);
      }
      for (let other = index + 1; other < texts.length; other++) {
        const across = Math.min(box.right, boxes[other].right) - Math.max(box.left, boxes[other].left);
        const down = Math.min(box.bottom, boxes[other].bottom) - Math.max(box.top, boxes[other].top);
        // Line boxes are higher than letters: a fifth of the height may touch.
        if (across > 1 && down > 0.22 * Math.min(box.height, boxes[other].height)) {
          say(`${name}: text ${short(text.textContent)} lies on ${short(texts[other].textContent)}`);
        }
      }
    });
  }

  // Text against its ground.
  const parse = (text) => {
    const numbers = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
  };
  const mix = (top, ground) => ({
    rgb: top.rgb.map((value, index) => value * top.alpha + ground.rgb[index] * (1 - top.alpha)), alpha: 1,
  });
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = parse(getComputedStyle(at).backgroundColor);
      if (layer.alpha > 0) layers.push(layer);
      if (layer.alpha === 1) break;
    }
    return layers.reverse().reduce((below, layer) => mix(layer, below), { rgb: [255, 255, 255], alpha: 1 });
  };
  const luminance = ({ rgb }) => {
    const [r, g, b] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || !isShown(element) || ["TITLE", "DESC"].includes(element.tagName.toUpperCase())) {
      continue;
    }
    const style = getComputedStyle(element);
    const isPicture = element instanceof SVGElement;
    const colour = parse(isPicture ? style.fill : style.color);
    const below = ground(isPicture ? element.closest("figure") ?? element.closest("svg").parentElement : element);
    const found = ratio(mix(colour, below), below);
    const key = `${style.fill} ${style.color} ${below.rgb}`;
    if (found < contrast && !seen.has(key)) {
      seen.add(key);
      say(`text ${short(node.textContent)} has a contrast of ${found.toFixed(2)}`);
    }
  }
  return problems;
}
