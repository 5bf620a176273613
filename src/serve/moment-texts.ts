// Texts of moments: answers repeat a few thousand event times, so that most are formatted once.
import { formatTime, type Micros } from "../time.ts";

/** Texts that are kept; once there are as many, all are forgotten. */
const MOST_TEXTS = 8192;

/** A moment as JSON text: ISO 8601 in quotes, or `null`. */
export function momentTexts(): (at: Micros | null) => string {
  const texts = new Map<Micros, string>();
  return (at) => {
    if (at === null) return "null";
    let text = texts.get(at);
    if (text === undefined) {
      if (texts.size === MOST_TEXTS) texts.clear();
      texts.set(at, (text = `"${formatTime(at)}"`));
    }
    return text;
  };
}
