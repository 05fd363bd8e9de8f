/** What of the catalogue is shown, in which order, and what it says about this computer. Pure. */
import type { ModelCard, Offer, OfferFile, OfferKind } from "../../generated/wire";

export type Kind = OfferKind | "all";

/** The file that suits this computer best; else the smallest one. */
export function advised(offer: Offer): OfferFile | null {
  return offer.files[offer.advised ?? 0] ?? null;
}

/** Those that were asked for: the best for this computer first, then by size. */
export function chosen(offers: Offer[], kind: Kind, words: string): Offer[] {
  const wanted = words.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const bytes = (offer: Offer) => advised(offer)?.bytes ?? 0;
  return offers
    .filter((offer) => kind === "all" || offer.kind === kind)
    .filter((offer) => {
      const text = [offer.name, offer.maker, offer.family, offer.languages, offer.good_at, offer.licence].join(" ").toLocaleLowerCase();
      return wanted.every((word) => text.includes(word));
    })
    .sort((a, b) => Number(b.best_because !== null) - Number(a.best_because !== null) || bytes(a) - bytes(b));
}

/** Whether this model of the library is that file of the repository. */
export function isFrom(model: ModelCard, repo: string, path: string): boolean {
  return model.origin.kind === "hub" && model.origin.repo === repo && model.origin.path === path;
}

const FOUR_BILLION = 4e9;

/** What the measured computer can do, in two figures taken from the catalogue itself, so that the list agrees. */
export function prospects(offers: Offer[]): { tokensPerSecond: number | null; largest: { bytes: number; name: string } | null } {
  const chats = offers.filter((offer) => offer.kind !== "embedding");
  const near = chats
    .filter((offer) => advised(offer)?.fit.speed)
    .sort((a, b) => Math.abs(Math.log(a.parameters / FOUR_BILLION)) - Math.abs(Math.log(b.parameters / FOUR_BILLION)))[0];
  const file = near && (near.files.find(({ quantisation, fit }) => quantisation === "Q4_K_M" && fit.speed) ?? advised(near));
  // Time goes with the bytes that are read: scaled from the nearest model of the catalogue to four billion weights.
  const tokensPerSecond = near && file?.fit.speed ? (file.fit.speed.tokens_per_second * near.parameters) / FOUR_BILLION : null;
  const fitting = chats.flatMap((offer) => offer.files.filter(({ fit }) => fit.verdict === "fits").map(({ bytes }) => ({ bytes, name: offer.name })));
  const largest = fitting.reduce<{ bytes: number; name: string } | null>((most, one) => (most === null || one.bytes > most.bytes ? one : most), null);
  return { tokensPerSecond, largest };
}

/** Architectures that turn text into vectors. */
const VECTORS = /bert|embed|t5encoder/i;

/** Whether a model answers: those of the catalogue that turn text into vectors do not, nor do others built so. */
export function chats(model: ModelCard, offers: Offer[] | null): boolean {
  const { origin } = model;
  const offer = origin.kind === "hub" ? offers?.find(({ repo }) => repo === origin.repo) : undefined;
  return offer ? offer.kind !== "embedding" : !VECTORS.test(model.file.architecture);
}
