using Upstride.Geometry;

namespace Upstride.Algorithms.Blocks;

/// <summary>The phase coordinates j of each axis for which a group of phases is computed.</summary>
internal readonly record struct PhaseRange(Interval Depth, Interval Height, Interval Width);
