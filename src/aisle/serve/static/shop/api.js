// Talking to the server.

/** An answer that is not a success; carries the server's problem document. */
export class Problem extends Error {
  constructor(document) {
    super(document.detail || document.title);
    this.document = document;
  }
}

/** GET `path` with the parameters that are not empty; the answer as JSON. Throws Problem, or AbortError. */
export async function get(path, parameters, signal) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== "" && value !== null && value !== undefined) query.append(name, value);
  }
  let response;
  try {
    response = await fetch(`${path}?${query}`, { signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: "The shop cannot be reached", detail: "The server does not answer.", what_to_do: "Check that it runs, then try again." });
  }
  const answer = await response.json().catch((error) => {
    if (error.name === "AbortError") throw error;
    return { title: "The answer cannot be read", detail: `The server answered ${response.status} without JSON.` };
  });
  if (!response.ok || !response.headers.get("content-type").startsWith("application/json")) throw new Problem(answer);
  return answer;
}

/** Runs only the latest of its calls to the end: an earlier one is aborted, and its answer dropped if it still comes. */
export function latestOnly() {
  let sequence = 0;
  let running = null;
  return {
    /** Run `task(signal)`; resolves to its result, or to undefined if a later call or cancel() overtook it. */
    async run(task) {
      const mine = ++sequence;
      running?.abort();
      running = new AbortController();
      try {
        const result = await task(running.signal);
        return mine === sequence ? result : undefined;
      } catch (error) {
        if (mine !== sequence || error.name === "AbortError") return undefined;
        throw error;
      }
    },
    cancel() {
      sequence += 1;
      running?.abort();
    },
  };
}
