using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// Plain bodies for where code is interpreted (<see cref="Simd.IsInterpreted"/>), of what a convolution does beside its products:
/// neither generic nor called through a type, loops without a call. Any alignment; nothing overlaps; the arguments are not checked.
/// </summary>
internal static unsafe class Interpreted
{
    private const int Lanes = 4;

    /// <summary>As <see cref="PlaneCopy.Framed"/>.</summary>
    public static void Framed(float* source, nint sourcePitch, float* destination, nint destinationPitch, nint rows, nint columns,
        nint left,
        nint right)
    {
        uint count = (uint)(right - left) * sizeof(float), before = (uint)left * sizeof(float), behind =
            (uint)(columns - right) * sizeof(float);
        for (; rows > 0; rows--, source += sourcePitch, destination += destinationPitch)
        {
            if (before > 0) Unsafe.InitBlockUnaligned(destination, 0, before);
            Unsafe.CopyBlockUnaligned(destination + left, source, count);
            if (behind > 0) Unsafe.InitBlockUnaligned(destination + right, 0, behind);
        }
    }

    /// <summary>As <see cref="Interleaving.Interleave"/>.</summary>
    public static void Interleave(float** sources, nint from, nint sourcePitch, int step, float* destination, nint destinationPitch,
        nint rows,
        nint length)
    {
        for (; rows > 0; rows--, from += sourcePitch, destination += destinationPitch)
        {
            for (int k = 0; k < step; k++)
            {
                float* source = sources[k] + from, end = destination + length;
                for (float* to = destination + k; to < end; to += step) *to = *source++;
            }
        }
    }

    /// <summary>As <see cref="Interleaving.Deinterleave"/> of rows without a frame.</summary>
    public static void Deal(float* source, nint sourcePitch, nint length, int step, float** to, nint destinationPitch, nint rows)
    {
        for (nint offset = 0; rows > 0; rows--, source += sourcePitch, offset += destinationPitch)
        {
            for (int k = 0; k < step; k++)
            {
                float* destination = to[k] + offset, end = source + length;
                for (float* from = source + k; from < end; from += step) *destination++ = *from;
            }
        }
    }

    /// <summary>row[i] += addend.</summary>
    public static void Add(Span<float> row, float addend)
    {
        fixed (float* at = row)
        {
            Vector128<float> more = Vector128.Create(addend);
            nint i = 0, count = row.Length;
            for (; i <= count - Lanes; i += Lanes) (Vector128.Load(at + i) + more).Store(at + i);
            for (; i < count; i++) at[i] += addend;
        }
    }

    /// <summary>row[i] = row[i] where positive, else slope * row[i]; NaN stays NaN.</summary>
    public static void LeakyRelu(Span<float> row, float slope)
    {
        fixed (float* at = row)
        {
            Vector128<float> slopes = Vector128.Create(slope), zero = Vector128<float>.Zero;
            nint i = 0, count = row.Length;
            for (; i <= count - Lanes; i += Lanes)
            {
                Vector128<float> x = Vector128.Load(at + i);
                Vector128.ConditionalSelect(Vector128.GreaterThan(x, zero), x, x * slopes).Store(at + i);
            }
            for (; i < count; i++)
                if (!(at[i] > 0)) at[i] *= slope;
        }
    }
}
