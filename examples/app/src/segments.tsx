// Texts with what a search found in them.

import type { RowFragment } from "./gql/graphql";

type Parts = RowFragment["filenameSegments"];

export function Segments({ parts }: { parts: Parts }) {
  return parts.map(({ text, isMatch }, index) => (isMatch ? <mark key={index}>{text}</mark> : text));
}

/** A path that begins shortly before what was found in it, so that there is room to show it. */
export function nearFirstMatch(parts: Parts): Parts {
  const [first, ...others] = parts;
  const isLate = first && !first.isMatch && others.length > 0 && first.text.length > 24;
  return isLate ? [{ isMatch: false, text: `…${[...first.text].slice(-16).join("")}` }, ...others] : parts;
}
