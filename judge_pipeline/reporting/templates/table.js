"use strict";
// Draws one page of fifty rows at a time, so that only their thumbnails are decoded.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 50;
  const by = (id) => document.getElementById(id);
  const [filter, find, found, body] = ["filter", "find", "found", "rows"].map(by);
  const titles = {
    all: "all images", disagreement: "people disagree with the judge", agrees: "people agree with the judge",
    corrected: "corrected by a person", suspected: "suspected of swaying the judge", "orders differ": "choice flipped with the order",
  };
  const tests = {
    all: () => true,
    disagreement: (row) => row.people === "disagrees",
    agrees: (row) => row.people === "agrees",
    corrected: (row) => row.corrected.length > 0,
    suspected: (row) => row.suspicions.length > 0,
    "orders differ": (row) => row.how.startsWith("The orders disagree"),
  };
  for (const state of ["decided", "undecided", "answer not available", "failed", "not judged"]) {
    titles[state] = state;
    tests[state] = (row) => row.state === state;
  }
  for (const captioner of data.captioners) {
    titles[captioner] = `${captioner} wins`;
    tests[captioner] = (row) => row.winner === captioner;
  }
  const keys = {
    title: (row) => row.title.toLowerCase(),
    judge: (row) => row.winner || `~${row.state}`,
    person: (row) => row.person || "~",
    gap: (row) => (row.gap === null ? Infinity : row.gap),
  };
  let shown = data.rows;
  let page = 0;
  let order = { key: null, down: false };

  const make = (name, text, style) => {
    const element = document.createElement(name);
    if (text !== undefined && text !== null) element.textContent = text;
    if (style) element.className = style;
    return element;
  };

  const captionCell = (row, index) => {
    const caption = row.captions[index];
    const captioner = data.captioners[index];
    const cell = make("td", null, `caption ${index ? "b16" : "b8"}${row.winner === captioner ? " won" : ""}`);
    cell.dataset.label = captioner;
    const text = make("p", caption.text === null ? "no caption" : caption.text, caption.text === null ? "muted" : "");
    text.dir = "auto";
    cell.append(text);
    if (caption.no_answer) cell.append(make("p", "answer not available", "muted"));
    if (caption.scores.length) {
      const list = make("ul", null, "scores");
      for (const [criterion, label, place, count, corrected] of caption.scores) {
        const item = make("li", `${criterion}: `);
        item.append(make("b", label), ` (${place} of ${count})`);
        if (corrected) item.append(", corrected by a person: ", make("b", corrected));
        list.append(item);
      }
      cell.append(list);
    }
    if (caption.improvement) {
      const details = make("details");
      details.append(make("summary", "Improvement suggestion"), make("p", caption.improvement));
      cell.append(details);
    }
    return cell;
  };

  const draw = (row) => {
    const line = make("tr", null, row.people === "disagrees" ? "disagrees" : "");
    const head = make("th");
    head.scope = "row";
    if (row.thumbnail.startsWith("data:image/")) {
      const picture = make("img");
      picture.loading = "lazy";
      picture.decoding = "async";
      picture.alt = row.title;
      picture.src = row.thumbnail;
      head.append(picture);
    }
    head.append(make("span", row.title, "title"));
    if (row.tag !== row.title) head.append(make("span", row.tag, "tag"));
    if (/^https?:/.test(data.editor) && row.hash) {
      const link = make("a", "open in Encord");
      link.href = data.editor + encodeURIComponent(row.hash);
      link.rel = "noopener noreferrer";
      head.append(link);
    }
    const judge = make("td", null, "verdict");
    judge.dataset.label = "Judge";
    judge.append(make("p", row.winner || row.state, "choice"));
    if (row.how) judge.append(make("p", row.how, "muted"));
    for (const why of row.failures) judge.append(make("p", why, "failure"));
    for (const why of row.suspicions) judge.append(make("p", `Suspected: ${why}`, "failure"));
    const people = make("td", null, "verdict");
    people.dataset.label = "People";
    people.append(make("p", row.person || "–", "choice"));
    const notes = [row.chosen, row.earlier ? `for an earlier caption: ${row.earlier}` : "", row.review && row.review !== "open" ? row.review : ""];
    for (const what of row.corrected) people.append(make("p", `Corrected: ${what}`, "muted"));
    if (row.people) notes.unshift(row.people === "agrees" ? "agrees with the judge" : "disagrees with the judge");
    if (notes.some(Boolean)) people.append(make("p", notes.filter(Boolean).join(", "), "muted"));
    const gap = make("td", row.gap === null ? "–" : row.gap.toFixed(2), "number");
    gap.dataset.label = "Gap";
    line.append(head, captionCell(row, 0), captionCell(row, 1), judge, people, gap);
    return line;
  };

  const show = () => {
    const last = Math.max(0, Math.ceil(shown.length / PAGE) - 1);
    page = Math.min(Math.max(page, 0), last);
    body.replaceChildren(...shown.slice(page * PAGE, (page + 1) * PAGE).map(draw));
    found.textContent = shown.length === 1 ? "1 image" : `${shown.length.toLocaleString("en")} images`;
    by("page").textContent = `page ${page + 1} of ${last + 1}`;
    by("back").disabled = page === 0;
    by("next").disabled = page === last;
  };

  const choose = () => {
    const words = find.value.trim().toLowerCase();
    const test = tests[filter.value] || tests.all;
    const holds = (row) =>
      !words || [row.title, row.tag, ...row.captions.map((each) => each.text || "")].some((text) => text.toLowerCase().includes(words));
    shown = data.rows.filter((row) => test(row) && holds(row));
    if (order.key) {
      const key = keys[order.key];
      const sign = order.down ? -1 : 1;
      shown = shown.map((row) => [key(row), row]).sort(([one], [other]) => sign * (one < other ? -1 : one > other ? 1 : 0)).map(([, row]) => row);
    }
    page = 0;
    show();
  };

  for (const [name, test] of Object.entries(tests)) {
    const count = data.rows.filter(test).length;
    if (!count && name !== "all") continue;
    const option = make("option", `${titles[name]} (${count.toLocaleString("en")})`);
    option.value = name;
    filter.append(option);
  }
  for (const button of document.querySelectorAll(".judgements thead button")) {
    button.addEventListener("click", () => {
      const key = button.dataset.key;
      order = { key, down: order.key === key && !order.down };
      for (const other of document.querySelectorAll(".judgements thead th")) other.removeAttribute("aria-sort");
      button.parentElement.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      choose();
    });
  }
  filter.addEventListener("change", choose);
  find.addEventListener("input", choose);
  const turn = (step) => { page += step; show(); by("judgements").scrollIntoView(); };
  by("back").addEventListener("click", () => turn(-1));
  by("next").addEventListener("click", () => turn(1));
  for (const hidden of document.querySelectorAll(".controls, .judgements, .pages")) hidden.hidden = false;
  choose();
  document.documentElement.dataset.ready = "true";
})();
