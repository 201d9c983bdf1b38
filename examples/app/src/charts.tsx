// Charts as SVG, which screen readers read as tables.

import { useState } from "react";

export interface Bar {
  key: string;
  name: string;
  value: number;
  /** The value as people read it. */
  text: string;
  onOpen?: () => void;
}

const highestOf = (bars: Bar[]) => Math.max(1, ...bars.map(({ value }) => value));

/** Bars next to each other, for values in an order: times and sizes. */
export function Columns({ title, bars }: { title: string; bars: Bar[] }) {
  const [pointed, setPointed] = useState<Bar>();
  const heights = bars.map(({ value }) => (value / highestOf(bars)) * 100);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <svg viewBox={`0 0 ${Math.max(bars.length, 1) * 10} 100`} preserveAspectRatio="none" aria-hidden>
        {heights.map((height, index) => (
          <g key={index} onPointerEnter={() => setPointed(bars[index])} onPointerLeave={() => setPointed(undefined)}>
            <rect className="ground" x={index * 10} width={10} height={100} />
            <rect x={index * 10 + 1} width={8} y={100 - height} height={height} />
          </g>
        ))}
      </svg>
      <p className="axis" aria-hidden>
        <span>{pointed ? `${pointed.name}: ${pointed.text}` : bars[0]?.name}</span>
        <span>{!pointed && bars.length > 1 && bars.at(-1)?.name}</span>
      </p>
      <Values bars={bars} className="unseen" />
    </figure>
  );
}

/** Bars below each other, for values without an order: codecs and folders. */
export function Rows({ title, bars }: { title: string; bars: Bar[] }) {
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <Values bars={bars} />
    </figure>
  );
}

function Values({ bars, className = "" }: { bars: Bar[]; className?: string }) {
  return (
    <table className={className}>
      <tbody>
        {bars.map(({ key, name, value, text, onOpen }) => (
          <tr key={key}>
            <th scope="row">{onOpen ? <button className="quiet link" onClick={onOpen}>{name}</button> : name}</th>
            <td className="bar-cell" aria-hidden>
              <svg viewBox="0 0 100 10" preserveAspectRatio="none">
                <rect width={(value / highestOf(bars)) * 100} height={10} />
              </svg>
            </td>
            <td>{text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
