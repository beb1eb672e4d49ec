// Shows what the server sends, and sends what the keys say. All state that matters is in Encord and the store.
"use strict";

const AHEAD = 2;
const FLASH_MS = 160;
const TOO_SOON_MS = 200; // a double press must not answer the next image
const NOTICE_MS = 5000;
const MOMENT_MS = 5000;
const SIDES = { left: "Left", right: "Right", tie: "Tie" };

const tab = sessionStorage.getItem("tab") ?? crypto.randomUUID(); // a reloaded page is the same tab
sessionStorage.setItem("tab", tab);
const at = (id) => document.getElementById(id);

const CRITERIA_COOKIE = "judge_pipeline_review_criteria"; // browsers keep it for every port, unlike other storage
const PACED = 3; // answers before a time is estimated
const LONGEST_PAUSE_MS = 120000; // a longer one was not spent on the image

let judgeShown = "never";
let reviewer = null; // who answers; null is the user of the Encord key
let paces = []; // milliseconds from one image to its answer
let current = null; // the comparison on the screen, with its picture
let ahead = []; // the next comparisons
let sending = new Set(); // tags whose answer is being saved
let lastSend = Promise.resolve(); // answers are sent one after the other
let isExhausted = false;
let isFilling = false;
let isChanging = false;
let shownAt = 0;
let last = null; // the last answer and what the judge says about it
let progress = { answered: 0, left: 0, problems: [] };
let resolveTrouble = null; // takes the decision on an answer that was not saved
let noticeTimer = 0;
let criteria = []; // the ontology's own questions for people
const picks = new Map(); // answers to them that are not saved yet: by tag, then options by criterion
let momentTimer = 0;

class Refused extends Error {
  constructor(status, body) {
    super(body.message);
    this.status = status;
  }
}

async function post(path, body) {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new Refused(0, { message: "The review does not respond. Is judge-pipeline review still running?" });
  }
  const result = await answer.json().catch(() => ({ message: `The review failed (${answer.status}); see its terminal for the reason.` }));
  if (!answer.ok) throw new Refused(answer.status, result);
  if (result.progress) showProgress(result.progress);
  return result;
}

function prepared(item) {
  const picture = new Image();
  picture.alt = "The image that both captions describe";
  picture.draggable = false;
  picture.src = `/image/${encodeURIComponent(item.tag)}`;
  return { ...item, picture };
}

async function fill() {
  if (isFilling || isExhausted) return;
  isFilling = true;
  try {
    while (ahead.length < AHEAD && !isExhausted) {
      const without = [current, ...ahead].filter(Boolean).map((each) => each.tag).concat([...sending]);
      const { item } = await post("/api/next", { tab, without });
      if (item === null) isExhausted = true;
      else if (!without.includes(item.tag) && item.tag !== current?.tag) ahead.push(prepared(item));
      if (!current) advance();
    }
  } catch (error) {
    if ((await ask(error.message)) === "again") setTimeout(fill);
  } finally {
    isFilling = false;
  }
  if (!current) advance();
}

function more() {
  isExhausted = false;
  fill();
}

function advance() {
  current = ahead.shift() ?? null;
  const isDone = !current && isExhausted && sending.size === 0;
  at("comparison").hidden = !current;
  at("waiting").hidden = Boolean(current) || isDone;
  at("done").hidden = !isDone;
  document.body.classList.remove("zoomed");
  for (const id of ["later", "zoom"]) at(id).disabled = !current;
  if (current) {
    at("left-text").textContent = current.left;
    at("right-text").textContent = current.right;
    at("picture").replaceChildren(current.picture);
    markCriteria();
    shownAt = performance.now();
    at("comparison").focus({ preventScroll: true });
    at("live").textContent = `Image ${progress.answered + sending.size + 1}. Left: ${current.left} Right: ${current.right}`;
    fill();
  } else if (isDone) {
    showDone();
  }
}

async function choose(side) {
  if (!current || isChanging || resolveTrouble || performance.now() - shownAt < TOO_SOON_MS) return;
  isChanging = true;
  const given = current;
  const changes = changedCriteria(given);
  paces.push(Math.min(performance.now() - shownAt, LONGEST_PAUSE_MS));
  sending.add(given.tag);
  showProgress(progress);
  at(side).classList.add("chosen");
  await new Promise((resolve) => setTimeout(resolve, FLASH_MS));
  at(side).classList.remove("chosen");
  hideJudge();
  at("notice").hidden = true;
  advance();
  isChanging = false;
  const by = reviewer;
  lastSend = lastSend.then(() => send(given, side, by, changes));
}

async function send(given, side, by, changes) {
  for (;;) {
    try {
      const result = await post("/api/answer", { tag: given.tag, side, reviewer: by, criteria: changes });
      last = { given, side, judge: result.judge };
      picks.delete(given.tag);
      showEditorLink(result.editor);
      at("judge-button").hidden = judgeShown === "never";
      if (result.warning) notice(`Saved, but not approved: ${result.warning}`);
      else if (result.kept.length) notice(`Your choice is saved, but someone else has changed ${result.kept.join(", ")} in the meantime; their answer stays.`);
      if (judgeShown === "moment") showJudge(MOMENT_MS);
    } catch (error) {
      if (error.status === 409 || error.status === 404) {
        picks.delete(given.tag);
        notice(error.message);
      } else if (error.status === 412) {
        notice(error.message);
        isExhausted = false;
        await loadState();
      } else if (error.status === 423) {
        notice(error.message);
        isExhausted = false;
      } else if ((await ask(`Your answer was not saved. ${error.message}`)) === "again") {
        continue;
      } else {
        isExhausted = false;
      }
    }
    break;
  }
  sending.delete(given.tag);
  showProgress(progress);
  if (current) fill();
  else if (isExhausted) advance();
  else more();
}

async function undo() {
  if (isChanging || resolveTrouble) return;
  isChanging = true;
  try {
    await lastSend;
    const { item } = await post("/api/undo", {});
    if (current) ahead.unshift(current);
    ahead = [prepared(item), ...ahead.filter((each) => each.tag !== item.tag)];
    last = null;
    at("judge-button").hidden = true;
    showEditorLink(null);
    hideJudge();
    advance();
    notice("Undone. Choose again.");
  } catch (error) {
    notice(error.message);
  } finally {
    isChanging = false;
  }
}

async function later() {
  if (!current || isChanging || resolveTrouble) return;
  const { tag } = current;
  try {
    await post("/api/later", { tag });
    advance();
    more();
  } catch (error) {
    notice(error.message);
  }
}

function showProgress(counts) {
  progress = counts;
  const answered = counts.answered + sending.size;
  const left = Math.max(0, counts.left - sending.size);
  at("progress").textContent = `${answered} answered · ${left} left`;
  at("bar").style.width = `${(100 * answered) / Math.max(1, answered + left)}%`;
  at("progress-bar").setAttribute("aria-valuemax", answered + left);
  at("progress-bar").setAttribute("aria-valuenow", answered);
  at("pace").textContent = paces.length < PACED || !left ? "" : `· about ${duration(left * median(paces))}`;
  at("saving").hidden = sending.size === 0;
  at("undo").disabled = answered === 0;
}

function median(numbers) {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)];
}

function duration(milliseconds) {
  const minutes = Math.ceil(milliseconds / 60000);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

function showDone() {
  const { answered, decided, images } = progress;
  at("done-text").textContent = answered
    ? `You have answered ${answered}. Everything is saved: ${decided} of the project's ${images} images have a choice. Run judge-pipeline report --open to see the results.`
    : "No images in Human Review are waiting for an answer.";
  at("problems").replaceChildren(...progress.problems.map((problem) => element("li", problem)));
  at("live").textContent = "All done.";
  at("done").focus({ preventScroll: true });
}

function showJudge(ms = 0) {
  if (!last || judgeShown === "never") return;
  const { judge, side, given } = last;
  const own = `You: ${SIDES[side].toLowerCase()}.`;
  let verdict = `${own} The judge has not judged this image.`;
  if (judge) verdict = judge.choice ? `${own} The judge: ${judge.choice}.` : `${own} The judge could not decide.`;
  if (judge?.corrected) verdict += " A person has corrected some of this.";
  at("judge-verdict").textContent = verdict;
  const grades = judge ? rows(judge) : [];
  at("judge-grades").replaceChildren(...(grades.length ? [row("th", "", "left", "right"), ...grades] : []));
  at("judge-picture").replaceChildren(given.picture);
  at("judge").hidden = false;
  clearTimeout(momentTimer);
  if (ms) momentTimer = setTimeout(hideJudge, ms);
}

function rows(judge) {
  const right = new Map(judge.right);
  const left = new Map(judge.left);
  return [...new Set([...left.keys(), ...right.keys()])].map((each) => row("td", each, left.get(each) ?? "–", right.get(each) ?? "–"));
}

function row(kind, title, left, right) {
  const line = document.createElement("tr");
  line.append(element("th", title), element(kind, left), element(kind, right));
  return line;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function hideJudge() {
  clearTimeout(momentTimer);
  at("judge").hidden = true;
}

function notice(text) {
  at("notice").textContent = text;
  at("notice").hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => (at("notice").hidden = true), NOTICE_MS);
}

// Waits until the reviewer decides: "again" or "later".
function ask(text) {
  at("trouble-text").textContent = text;
  at("trouble").hidden = false;
  return new Promise((resolve) => {
    resolveTrouble = (decision) => {
      resolveTrouble = null;
      at("trouble").hidden = true;
      resolve(decision);
    };
  });
}

const shownOptions = (item, criterion) => item.criteria?.[criterion.id] ?? [];
const pickedOptions = (item, criterion) => picks.get(item.tag)?.[criterion.id] ?? shownOptions(item, criterion);
const isSame = (one, other) => one.length === other.length && one.every((each) => other.includes(each));

function changedCriteria(item) {
  const changed = criteria.filter((each) => !isSame(pickedOptions(item, each), shownOptions(item, each)));
  return Object.fromEntries(changed.map((each) => [each.id, pickedOptions(item, each)]));
}

function pick(criterion, option) {
  if (!current || isChanging) return;
  const before = pickedOptions(current, criterion);
  const others = criterion.several ? before.filter((each) => each !== option) : [];
  const options = before.includes(option) ? others : [...others, option];
  picks.set(current.tag, { ...picks.get(current.tag), [criterion.id]: options });
  markCriteria();
}

// An answer with an option that is archived by now can only be changed in Encord.
function markCriteria() {
  for (const criterion of criteria) {
    const isFixed = !shownOptions(current, criterion).every((each) => criterion.options.some(({ id }) => id === each));
    const picked = pickedOptions(current, criterion);
    for (const { id, button } of criterion.options) {
      button.setAttribute("aria-pressed", picked.includes(id));
      button.disabled = isFixed;
    }
  }
}

function buildCriteria(state) {
  let number = 0;
  criteria = state.criteria.map((criterion) => {
    const line = document.createElement("div");
    line.className = "criterion";
    line.setAttribute("role", "group");
    line.setAttribute("aria-label", criterion.title);
    line.append(element("b", criterion.title));
    const options = criterion.options.map(({ id, label }) => {
      const button = element("button", label);
      button.type = "button";
      if (++number <= 9) {
        const key = element("kbd", number);
        key.setAttribute("aria-hidden", "true");
        button.prepend(key, " ");
      }
      button.addEventListener("click", () => pick(criterion, id));
      line.append(button);
      return { id, button };
    });
    return { ...criterion, options, line };
  });
  at("criteria-list").replaceChildren(...criteria.map(({ line }) => line));
  at("in-editor").hidden = state.in_editor.length === 0;
  at("in-editor-titles").textContent = `After your choice, in Encord: ${state.in_editor.join(", ")}.`;
  const isThere = criteria.length + state.in_editor.length > 0;
  for (const id of ["criteria-button", "help-criteria-key", "help-criteria"]) at(id).hidden = !isThere;
  showCriteria(isThere && document.cookie.includes(`${CRITERIA_COOKIE}=shown`));
}

function showCriteria(isShown) {
  at("criteria").hidden = !isShown;
  at("criteria-button").setAttribute("aria-expanded", isShown);
}

function toggleCriteria() {
  if (at("criteria-button").hidden) return;
  const isShown = at("criteria").hidden;
  showCriteria(isShown);
  document.cookie = `${CRITERIA_COOKIE}=${isShown ? "shown" : "hidden"}; path=/; max-age=31536000; samesite=strict`;
}

function pressOption(number) {
  const buttons = criteria.flatMap(({ options }) => options.map(({ button }) => button));
  if (!at("criteria").hidden && !document.body.classList.contains("zoomed")) buttons[number - 1]?.click();
}

function showEditorLink(address) {
  at("editor-link").hidden = !address;
  if (address) at("editor-link").href = address;
}

function showReviewer(state) {
  reviewer = state.reviewer;
  at("reviewer").textContent = reviewer ?? "who reviews?";
  at("reviewers").replaceChildren(
    ...state.reviewers.map((name) => {
      const button = element("button", name);
      button.type = "button";
      button.setAttribute("aria-pressed", name === reviewer);
      button.addEventListener("click", () => changeReviewer(name));
      return button;
    }),
  );
}

function pickReviewer() {
  at("picker-trouble").hidden = true;
  at("name-label").textContent = at("reviewers").childElementCount ? "Someone else's e-mail address" : "Your e-mail address";
  at("picker-close").textContent = reviewer ? "Close" : "Choose as the user of the Encord key";
  if (!at("picker").open) at("picker").showModal();
}

async function changeReviewer(name) {
  if (isChanging) return;
  isChanging = true;
  try {
    await lastSend; // what was answered so far was answered by someone else
    showReviewer(await post("/api/reviewer", { reviewer: name }));
    at("picker").close();
    last = null;
    picks.clear();
    showEditorLink(null);
    paces = [];
    hideJudge();
    at("judge-button").hidden = true;
    ahead = [];
    current = null;
    isExhausted = false;
    showProgress(progress);
    advance();
  } catch (error) {
    at("picker-trouble").textContent = error.message;
    at("picker-trouble").hidden = false;
  } finally {
    isChanging = false;
  }
  fill();
}

const zoom = () => current && document.body.classList.toggle("zoomed");
const toggleJudge = () => (at("judge").hidden ? showJudge() : hideJudge());

function escape() {
  if (resolveTrouble) resolveTrouble("later");
  document.body.classList.remove("zoomed");
  hideJudge();
}

const KEYS = {
  ArrowLeft: () => choose("left"),
  ArrowRight: () => choose("right"),
  ArrowDown: () => choose("tie"),
  Backspace: undo,
  u: undo,
  s: later,
  z: zoom,
  j: toggleJudge,
  c: toggleCriteria,
  w: pickReviewer,
  r: () => resolveTrouble?.("again"),
  Escape: escape,
  "?": () => at("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || at("help").open || at("picker").open) return;
  const act = /^[1-9]$/.test(event.key) ? () => pressOption(Number(event.key)) : KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  if (!event.repeat) act();
});

for (const side of ["left", "right", "tie"]) at(side).addEventListener("click", () => choose(side));
at("undo").addEventListener("click", undo);
at("later").addEventListener("click", later);
at("zoom").addEventListener("click", zoom);
at("picture").addEventListener("click", zoom);
at("criteria-button").addEventListener("click", toggleCriteria);
at("judge-button").addEventListener("click", toggleJudge);
at("again").addEventListener("click", () => resolveTrouble?.("again"));
at("leave").addEventListener("click", () => resolveTrouble?.("later"));
at("help-button").addEventListener("click", () => at("help").showModal());
at("reviewer-button").addEventListener("click", pickReviewer);
at("picker-form").addEventListener("submit", (event) => {
  event.preventDefault();
  changeReviewer(at("name").value);
});
addEventListener("beforeunload", (event) => sending.size && event.preventDefault());

async function loadState() {
  const answer = await fetch("/api/state");
  const state = await answer.json();
  judgeShown = state.judge;
  for (const id of ["help-judge-key", "help-judge"]) at(id).hidden = judgeShown === "never";
  document.title = `Review: ${state.project}`;
  at("who").textContent = [state.project, state.approves ? "answers are approved" : null].filter(Boolean).join(" · ");
  buildCriteria(state);
  if (current) markCriteria();
  showReviewer(state);
  showProgress(state.progress);
}

(async () => {
  await loadState();
  if (reviewer === null && !sessionStorage.getItem("asked")) {
    sessionStorage.setItem("asked", "true"); // once a tab: closing it means the user of the key
    pickReviewer();
  }
  fill();
})();
