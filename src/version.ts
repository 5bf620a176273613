// The version of this package, as package.json says.
import { createRequire } from "node:module";

/** Such as `0.1.0`. */
export function packageVersion(): string {
  return (createRequire(import.meta.url)("../package.json") as { readonly version: string }).version;
}
