using System.Numerics;
using System.Runtime.CompilerServices;

namespace Upstride.Kernels.Functions;

/// <summary>x to the power of 1/2: the root, but 0 for minus 0 and infinity for minus infinity, as powers have it.</summary>
internal readonly record struct SquareRootPower : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) => Vector.ConditionalSelect(
        Vector.Equals(x, new(float.NegativeInfinity)), new(float.PositiveInfinity), Vector.SquareRoot(x) + Vector<float>.Zero);
}
