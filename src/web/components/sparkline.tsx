interface SparklineProps {
  readonly values: readonly number[];
  /** What it shows, with its first and last value: the drawing says no numbers. */
  readonly label: string;
}

const [width, height] = [300, 56];

/** A small line of how something changed. */
export function Sparkline({ values, label }: SparklineProps) {
  const most = Math.max(...values, 1);
  const step = width / Math.max(values.length - 1, 1);
  const points = values.map(
    (value, index) =>
      `${(index * step).toFixed(1)},${(height - 3 - (value / most) * (height - 6)).toFixed(1)}`,
  );
  return (
    <svg
      {...{ viewBox: `0 0 ${width} ${height}`, width: '100%', height, role: 'img' }}
      preserveAspectRatio="none"
      aria-label={label}
    >
      <polygon
        points={`0,${height} ${points.join(' ')} ${width},${height}`}
        fill="var(--good-soft)"
      />
      <polyline
        {...{ points: points.join(' '), fill: 'none', stroke: 'var(--good-solid)', strokeWidth: 2 }}
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
