// Rows of the same height, of which only those in view exist.

import { useLayoutEffect, useRef, useState, type ReactNode } from "react";

const ROW = 56;

/** Browsers cannot show anything taller than about 17 million pixels: beyond this, scrolling takes larger steps. */
const TALLEST = 15_000_000;

/** What is in view of a box that scrolls. */
export function useView() {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 0, width: 0 });
  const look = () => {
    const { scrollTop, clientHeight, clientWidth } = box.current!;
    setView({ top: scrollTop, height: clientHeight, width: clientWidth });
  };
  useLayoutEffect(() => {
    look();
    const observer = new ResizeObserver(look);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  return { box, view, look };
}

/** Which of this many rows are in view, and where they stand. */
export function rowsIn(view: { top: number; height: number }, total: number, height: number) {
  const whole = total * height;
  const tall = Math.min(whole, TALLEST);
  const scale = tall > view.height ? (whole - view.height) / (tall - view.height) : 1;
  const top = view.top * scale;
  const first = Math.min(Math.floor(top / height), Math.max(0, total - 1));
  const end = Math.min(total, Math.ceil((top + view.height) / height));
  return { tall, scale, first, end, topOf: (row: number) => view.top + row * height - top };
}

/** The whole numbers from `first` to before `end`. */
export const range = (first: number, end: number) =>
  Array.from({ length: Math.max(0, end - first) }, (_, place) => first + place);

interface Props {
  total: number;
  /** Learns which row is in the middle of what is in view. */
  onSee: (middle: number) => void;
  children: (index: number) => ReactNode;
}

export function VirtualRows({ total, onSee, children }: Props) {
  const { box, view, look } = useView();
  const { tall, first, end, topOf } = rowsIn(view, total, ROW);
  useLayoutEffect(() => onSee((first + end) / 2), [first, end]);
  return (
    <div className="rows" role="rowgroup" ref={box} onScroll={look} tabIndex={-1}>
      <div style={{ height: tall }}>
        {range(first, end).map((index) => (
          <div key={index} role="row" aria-rowindex={index + 2} className="row" style={{ top: topOf(index), height: ROW }}>
            {children(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
