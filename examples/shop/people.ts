// Who shops and what there is: users with their habits, and items with their prices.
import { chanceOf, type Chance } from "./chance.ts";

/** An item of the shop. */
export interface Item {
  readonly id: string;
  readonly category: number;
  /** In euros. */
  readonly price: number;
}

/** A user and their habits. */
export interface User {
  readonly id: string;
  /** Visits a day. */
  readonly often: number;
  /** What they usually pay, in euros. */
  readonly usual: number;
  /** The categories that they mostly buy from. */
  readonly favourites: readonly number[];
  /** What passes between two things they do, in milliseconds: the usual time. */
  readonly pace: number;
}

/** The shop: the same for the same seed and number of users. */
export interface Shop {
  readonly users: readonly User[];
  /** The items of each category. */
  readonly items: readonly (readonly Item[])[];
}

/** The categories, with the median price of their items. */
export const CATEGORIES: readonly (readonly [name: string, price: number])[] = [
  ["snacks", 4],
  ["drinks", 7],
  ["books", 12],
  ["toys", 18],
  ["garden", 25],
  ["clothes", 35],
  ["shoes", 60],
  ["kitchen", 90],
  ["sports", 140],
  ["electronics", 300],
];
const ITEMS_EACH = 200;
/** A user visits once in so many days, on average over all. */
const DAYS_BETWEEN = 18;

/** Makes the shop. */
export function shopOf(seed: number, users: number): Shop {
  const chance = chanceOf(seed);
  const items = CATEGORIES.map(([, median], category) =>
    Array.from({ length: ITEMS_EACH }, (_, i) => ({ id: `i${category * ITEMS_EACH + i}`, category, price: cents(chance.around(median, 0.5)) })),
  );
  return { items, users: Array.from({ length: users }, (_, i) => userOf(`u${i}`, chance)) };
}

function userOf(id: string, chance: Chance): User {
  const usual = chance.around(42, 0.6);
  // Nobody's favourites are dearer than what they usually pay.
  const within = CATEGORIES.filter(([, price]) => price < usual).length;
  const favourites = [chance.below(Math.max(within, 2)), chance.below(Math.max(within, 2))];
  return { id, often: chance.around(0.85 / DAYS_BETWEEN, 0.55), usual, favourites, pace: chance.around(2600, 0.4) };
}

/** A price in whole cents. */
export function cents(price: number): number {
  return Math.max(1, Math.round(price * 100)) / 100;
}
