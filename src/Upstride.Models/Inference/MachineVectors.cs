using Upstride.Kernels;

namespace Upstride.Models.Inference;

/// <summary>The vectors that this machine computes in, which decide the order of sums and so the last bits.</summary>
internal static class MachineVectors
{
    /// <summary>Bits of the widest; 0 without vectors, and 1 in the bodies for an interpreter.</summary>
    public static int Bits => (int)Simd.Widest;
}
