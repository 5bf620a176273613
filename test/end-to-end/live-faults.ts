// Faults of the live path, each of which `asof verify` must find.
import type { Fault } from "../cli/built-asof.ts";

/** What is wrong, and the text to plant it. */
export const LIVE_FAULTS: Readonly<Record<string, Fault>> = {
  "a record is left out of a batch": {
    file: "stream/fed-view.ts",
    text: "const news = records.filter((",
    instead: "const news = records.slice(records.length > 3 ? 1 : 0).filter((",
  },
  "corrections do not take back what was": {
    file: "stream/live-view.ts",
    text: "replaces !== null && replaces.was !== null",
    instead: "replaces !== null && replaces.was !== null && position % 2 === 0",
  },
  "the position that is logged is not the one that was absorbed": {
    file: "online/read.ts",
    text: "runs[position] = head === UNREACHED ? UNREACHED : absorbed;",
    instead: "runs[position] = head === UNREACHED || absorbed === null ? null : { ...absorbed, end: Math.max(0, absorbed.end - 300) };",
  },
};
