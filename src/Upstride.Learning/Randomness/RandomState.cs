namespace Upstride.Learning.Randomness;

/// <summary>The whole state of a <see cref="RandomSource"/>: 256 bits, not all zero.</summary>
/// <param name="A">The first 64 bits.</param>
/// <param name="B">The second.</param>
/// <param name="C">The third.</param>
/// <param name="D">The fourth.</param>
public readonly record struct RandomState(ulong A, ulong B, ulong C, ulong D);
