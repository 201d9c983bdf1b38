// Rows of the same height, of which only those in view exist.

import { useLayoutEffect, useRef, useState, type ReactNode } from "react";

const ROW = 56;

/** Browsers cannot show anything taller than about 17 million pixels: beyond this, scrolling takes larger steps. */
const TALLEST = 15_000_000;

interface Props {
  total: number;
  /** Learns which row is in the middle of what is in view. */
  onSee: (middle: number) => void;
  children: (index: number) => ReactNode;
}

export function VirtualRows({ total, onSee, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 0 });
  const look = () => {
    const { scrollTop, clientHeight } = box.current!;
    setView({ top: scrollTop, height: clientHeight });
  };
  useLayoutEffect(() => {
    look();
    const observer = new ResizeObserver(look);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);

  const whole = total * ROW;
  const tall = Math.min(whole, TALLEST);
  const scale = tall > view.height ? (whole - view.height) / (tall - view.height) : 1;
  const top = view.top * scale;
  const first = Math.min(Math.floor(top / ROW), Math.max(0, total - 1));
  const end = Math.min(total, Math.ceil((top + view.height) / ROW));
  useLayoutEffect(() => onSee((first + end) / 2), [first, end]);
  const indexes = Array.from({ length: Math.max(0, end - first) }, (_, place) => first + place);
  return (
    <div className="rows" role="rowgroup" ref={box} onScroll={look} tabIndex={-1}>
      <div style={{ height: tall }}>
        {indexes.map((index) => (
          <div
            key={index}
            role="row"
            aria-rowindex={index + 2}
            className="row"
            style={{ top: view.top + index * ROW - top, height: ROW }}
          >
            {children(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
