// What somebody does on one visit: what goes into the basket and out of it, how fast, and whether they pay; and what comes of it.
import type { Chance } from "./chance.ts";
import { cents, CATEGORIES, type Item, type Shop, type User } from "./people.ts";

/** One thing done: so many milliseconds after the one before. A checkout has no item. */
export interface Step {
  readonly gap: number;
  readonly kind: "add" | "remove" | "checkout";
  readonly item: Item | null;
}

/** A visit, from the first item to the checkout, or until the visitor forgets about it: then the session times out. */
export interface Visit {
  readonly user: User;
  /** Whether somebody else is at the account. */
  readonly stolen: boolean;
  readonly steps: readonly Step[];
}

/** How a visitor goes about it. */
interface Manner {
  /** What they want to spend, in euros. */
  readonly target: number;
  readonly items: number;
  /** Milliseconds between two steps, the usual time. */
  readonly pace: number;
  /** How often something is put back. */
  readonly removes: number;
  readonly pays: number;
  /** How often they take from their favourites. */
  readonly loyal: number;
}

/** How many visits are made with a stolen account. */
const STOLEN = 0.014;
/** A thief comes back, so often. */
const AGAIN = 0.4;
/** Of the items that could do, so many are looked at. */
const LOOKED_AT = 10;

/** A visit of a user, or of a thief with the user's account. */
export function visitOf(shop: Shop, user: User, chance: Chance, stolen: boolean = chance.is(STOLEN)): Visit {
  const manner = stolen ? thief(user, chance) : customer(user, chance);
  const steps: Step[] = [];
  const basket: Item[] = [];
  const gap = (): number => 150 + chance.around(manner.pace, 0.6);
  for (let left = manner.items; left > 0; left--) {
    const item = choose(shop, user, manner, chance);
    basket.push(item);
    steps.push({ gap: gap(), kind: "add", item });
    if (!chance.is(manner.removes)) continue;
    const [back] = basket.splice(chance.below(basket.length), 1);
    steps.push({ gap: gap(), kind: "remove", item: back as Item });
    if (chance.is(0.7)) left++;
  }
  if (basket.length > 0 && chance.is(manner.pays)) steps.push({ gap: gap(), kind: "checkout", item: null });
  return { user, stolen, steps };
}

/** Most buy what they usually buy; some are in a hurry, some buy a present that is worth more. */
function customer({ usual, pace }: User, chance: Chance): Manner {
  const present = chance.is(0.08) ? 1.5 + chance.waiting(1.2) : 1;
  const hurried = chance.is(0.07);
  return {
    target: usual * present * chance.around(1, 0.35),
    items: 1 + Math.min(9, Math.floor(chance.waiting(2.4))),
    pace: hurried ? 700 : pace,
    removes: hurried ? 0.04 : 0.16,
    pays: 0.62,
    loyal: present > 1 ? 0.4 : 0.85,
  };
}

/** Most thieves take a lot, and fast; the careful ones stay close to what the account is used to. */
function thief({ usual, pace }: User, chance: Chance): Manner {
  const careful = chance.is(0.35);
  return {
    target: usual * chance.around(careful ? 1.7 : 4.5, 0.5),
    items: 2 + Math.min(9, Math.floor(chance.waiting(careful ? 2 : 3))),
    pace: careful ? pace * 0.8 : 600,
    removes: careful ? 0.1 : 0.03,
    pays: 0.9,
    loyal: careful ? 0.4 : 0.05,
  };
}

/** Of some items of a category, the one whose price is nearest to the share of it in what is to be spent. */
function choose(shop: Shop, { favourites }: User, { loyal, target, items }: Manner, chance: Chance): Item {
  const category = chance.is(loyal) ? favourites[chance.below(favourites.length)] : chance.below(CATEGORIES.length);
  const offered = shop.items[category as number] as readonly Item[];
  const share = target / items;
  let best = offered[chance.below(offered.length)] as Item;
  for (let i = 1; i < LOOKED_AT; i++) {
    const other = offered[chance.below(offered.length)] as Item;
    if (Math.abs(other.price - share) < Math.abs(best.price - share)) best = other;
  }
  return best;
}

/** What is to be paid for the basket after these steps, in euros. */
export function amountOf(steps: readonly Step[]): number {
  const sign = { add: 1, remove: -1, checkout: 0 } as const;
  return cents(steps.reduce((sum, { kind, item }) => sum + sign[kind] * (item?.price ?? 0), 0));
}

/** Whether a visit ended at the checkout. */
export function isPaid({ steps }: Visit): boolean {
  return steps.at(-1)?.kind === "checkout";
}

/** Whether a thief comes back at once after a visit, and how many milliseconds later; null if not. */
export function returnAfter(visit: Visit, chance: Chance): number | null {
  return visit.stolen && chance.is(AGAIN) ? 1000 + chance.waiting(2000) : null;
}

/** How many days after a paid visit the bank takes the money back; null if it never does. Owners do not always notice, and some honest buyers dispute. */
export function chargebackAfter({ stolen }: Visit, chance: Chance): number | null {
  return chance.is(stolen ? 0.92 : 0.003) ? 0.5 + chance.around(5, 0.55) : null;
}
