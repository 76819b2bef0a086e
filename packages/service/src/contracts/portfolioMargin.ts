/**
 * Margin of a portfolio document under a profile, as `plimsoll margin --json` answers: the decoder of such documents is passed in. With its
 * outlooks it takes hundreds of margins, so `runService` takes the entry of a thread that does it, and blocks do not wait.
 */
export type PortfolioMargin = (
  document: unknown,
  profile: string | Readonly<Record<string, unknown>> | null,
) => PortfolioMarginResult | Promise<PortfolioMarginResult>;

export type PortfolioMarginResult =
  | { readonly ok: true; readonly answer: unknown }
  /** `path` is a JSON pointer into the document or the profile. */
  | { readonly ok: false; readonly path: string; readonly message: string };
