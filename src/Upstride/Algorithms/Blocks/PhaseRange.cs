using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Upstride.Algorithms.Blocks;

/// <summary>The j of each axis for which a set of phases is computed.</summary>
internal readonly record struct PhaseRange((int First, int End) Depth, (int First, int End) Height, (int First, int End) Width);
