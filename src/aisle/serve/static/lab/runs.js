// Training runs: a table to choose from, and the chosen ones side by side.

import { get } from "../shop/api.js";
import { el } from "../shop/dom.js";
import { chart } from "./chart.js";
import { ago, command, duration, empty, figure, table } from "./parts.js";

const MOST = 6;

/** The elements that show `keys` (or, without any, the newest run) under the table of all runs. */
export async function showRuns(listing, keys) {
  if (!listing.runs.length) {
    return [
      empty(
        "No training runs yet",
        `Looked in ${listing.places.join(", ") || "no directory"}. Every training command leaves its run in --output; put it below one of these directories, or name another with --runs.`,
        "aisle train siamese --data pairs.tsv --objective in-batch --output runs/first",
      ),
    ];
  }
  const chosen = keys.length ? keys.slice(0, MOST) : [listing.runs[0].key];
  const details = await Promise.all(chosen.map((key) => get(`/api/lab/runs/${encodeURIComponent(key)}`, {})));
  return [runTable(listing.runs, chosen), ...sideBySide(details)];
}

function runTable(runs, chosen) {
  const rows = runs.map((run) => {
    const place = chosen.indexOf(run.key);
    const box = el("input", {
      type: "checkbox",
      checked: place >= 0,
      "aria-label": `Show ${run.name}`,
      onchange: (event) => {
        const keys = chosen.filter((key) => key !== run.key);
        if (event.target.checked) keys.push(run.key);
        location.hash = keys.length ? `runs=${keys.slice(-MOST).join(",")}` : "runs";
      },
    });
    return [
      el("label", { class: place >= 0 ? `series series-${place}` : "series" }, box, el("span", {}, run.name)),
      run.task || "–",
      run.encoder || "–",
      el("span", { class: `status ${run.status}` }, run.status),
      ago(run.started),
      figure(run.best),
      figure(run.loss),
      run.seconds ? duration(run.seconds) : "–",
      run.tokens_per_second ? figure(run.tokens_per_second) : "–",
    ];
  });
  return el(
    "section",
    { class: "card" },
    el("h2", {}, "Training runs"),
    el("p", { class: "quiet" }, `Tick up to ${MOST} to see them side by side; the address keeps the choice.`),
    table(["run", "task", "from", "status", "started", "best on dev", "loss", "took", "tokens/s"], rows, [5, 6, 7, 8]),
  );
}

function sideBySide(runs) {
  const named = (pick) => runs.map((run, place) => ({ name: run.name, place, points: pick(run) }));
  const metrics = [...new Set(runs.flatMap((run) => run.devs.flatMap((line) => Object.keys(line.dev))))];
  const charts = [
    chart({ title: "Training loss", lines: named((run) => smoothed(run.steps.map((line) => [line.step, line.loss]))) }),
    ...metrics.map((metric) =>
      chart({
        title: `Dev: ${metric}`,
        dots: true,
        lines: named((run) => run.devs.filter((line) => metric in line.dev).map((line) => [line.step, line.dev[metric]])),
      }),
    ),
    chart({ title: "Learning rate", lines: named((run) => run.steps.filter((line) => "lr" in line).map((line) => [line.step, line.lr])) }),
  ];
  const thinned = runs.filter((run) => run.thinned).map((run) => run.name);
  return [
    el(
      "section",
      { class: "card" },
      el("h2", {}, "Curves"),
      el("p", { class: "quiet" }, `Loss is smoothed over its neighbours.${thinned.length ? ` Points are means of several steps in ${thinned.join(", ")}.` : ""}`),
      el("div", { class: "charts" }, charts),
    ),
    el("section", { class: "card" }, el("h2", {}, "Settings and results"), comparison(runs)),
    el("section", { class: "card" }, el("h2", {}, "Commands"), runs.map((run) => command(run.command, run.name))),
  ];
}

/** One row a setting; what differs between the runs stands first, the rest is folded away. */
function comparison(runs) {
  const flat = runs.map((run) => ({ ...run.about, ...run.settings, ...prefixed("result", run.result), precision: run.precision, ...prefixed("version", run.versions) }));
  const names = [...new Set(flat.flatMap((one) => Object.keys(one)))];
  const rows = names.map((name) => {
    const values = flat.map((one) => (name in one ? written(one[name]) : "–"));
    return { name, values, differs: new Set(values).size > 1 };
  });
  const heads = ["", ...runs.map((run) => run.name)];
  const built = (some) => table(heads, some.map((row) => [el("span", { class: row.differs ? "differs" : "" }, row.name), ...row.values]), []);
  const [differing, same] = [rows.filter((row) => row.differs), rows.filter((row) => !row.differs)];
  if (!differing.length) return built(same);
  return [built(differing), el("details", {}, el("summary", {}, `${same.length} more, the same in all`), built(same))];
}

const prefixed = (prefix, object) => Object.fromEntries(Object.entries(object ?? {}).map(([name, value]) => [`${prefix} ${name}`, value]));
const written = (value) => (typeof value === "number" ? figure(value) : value === null ? "none" : typeof value === "object" ? JSON.stringify(value) : String(value));

/** Each value averaged with its neighbours, the window a fiftieth of the curve. */
function smoothed(points) {
  const half = Math.max(1, Math.floor(points.length / 100));
  return points.map(([step], place) => {
    const near = points.slice(Math.max(0, place - half), place + half + 1);
    return [step, near.reduce((sum, point) => sum + point[1], 0) / near.length];
  });
}
