/** Time as the store sees it, so that tests can move it by hand. */

/** Runs a function after so many milliseconds, unless it is cancelled before. */
export type Schedule = (work: () => void, ms: number) => { cancel(): void };

export const schedule: Schedule = (work, ms) => {
  const timer = setTimeout(work, ms);
  return { cancel: () => clearTimeout(timer) };
};
