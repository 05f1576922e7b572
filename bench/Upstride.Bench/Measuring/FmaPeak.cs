using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Bench.Measuring;

/// <summary>
/// The machine's rate of float32 fused multiply-adds, at the widest vectors the process may use. Latency 4 or 5 at two
/// a cycle asks for ten independent sums at most; sixteen of 512 bits, twelve of 256 or 128 stay in registers.
/// </summary>
internal static class FmaPeak
{
    private const int Steps = 100_000;

    /// <summary>The width in bits that is measured.</summary>
    public static int Bits => Avx512F.IsSupported ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>GFLOP/s of so many threads together: the best of several bursts, since others may use the machine too.</summary>
    public static double Measure(int threads, int bursts = 6)
    {
        double best = 0;
        for (var burst = 0; burst < bursts; burst++)
        {
            var rates = new double[threads];
            if (threads == 1) rates[0] = Burst();
            else Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => rates[i] = Burst());
            best = Math.Max(best, rates.Sum());
        }

        return best;
    }

    private static double Burst()
    {
        var start = Stopwatch.GetTimestamp();
        var sums = Bits switch { 512 => Loop512(Steps), 256 => Loop256(Steps), _ => Loop128(Steps) };
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return 2.0 * sums * (Bits / 32) * Steps / seconds / 1e9;
    }

    // Each returns its number of sums; the sink keeps them alive.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Loop512(int steps)
    {
        Vector512<float> m = Vector512.Create(0.999f), a = Vector512.Create(1e-3f);
        var (s0, s1, s2, s3, s4, s5, s6, s7) = (a, a, a, a, a, a, a, a);
        var (t0, t1, t2, t3, t4, t5, t6, t7) = (a, a, a, a, a, a, a, a);
        for (var i = 0; i < steps; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(s0, m, a); s1 = Vector512.FusedMultiplyAdd(s1, m, a);
            s2 = Vector512.FusedMultiplyAdd(s2, m, a); s3 = Vector512.FusedMultiplyAdd(s3, m, a);
            s4 = Vector512.FusedMultiplyAdd(s4, m, a); s5 = Vector512.FusedMultiplyAdd(s5, m, a);
            s6 = Vector512.FusedMultiplyAdd(s6, m, a); s7 = Vector512.FusedMultiplyAdd(s7, m, a);
            t0 = Vector512.FusedMultiplyAdd(t0, m, a); t1 = Vector512.FusedMultiplyAdd(t1, m, a);
            t2 = Vector512.FusedMultiplyAdd(t2, m, a); t3 = Vector512.FusedMultiplyAdd(t3, m, a);
            t4 = Vector512.FusedMultiplyAdd(t4, m, a); t5 = Vector512.FusedMultiplyAdd(t5, m, a);
            t6 = Vector512.FusedMultiplyAdd(t6, m, a); t7 = Vector512.FusedMultiplyAdd(t7, m, a);
        }

        Keep(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + t0 + t1 + t2 + t3 + t4 + t5 + t6 + t7);
        return 16;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Loop256(int steps)
    {
        Vector256<float> m = Vector256.Create(0.999f), a = Vector256.Create(1e-3f);
        var (s0, s1, s2, s3, s4, s5) = (a, a, a, a, a, a);
        var (t0, t1, t2, t3, t4, t5) = (a, a, a, a, a, a);
        for (var i = 0; i < steps; i++)
        {
            s0 = Vector256.FusedMultiplyAdd(s0, m, a); s1 = Vector256.FusedMultiplyAdd(s1, m, a);
            s2 = Vector256.FusedMultiplyAdd(s2, m, a); s3 = Vector256.FusedMultiplyAdd(s3, m, a);
            s4 = Vector256.FusedMultiplyAdd(s4, m, a); s5 = Vector256.FusedMultiplyAdd(s5, m, a);
            t0 = Vector256.FusedMultiplyAdd(t0, m, a); t1 = Vector256.FusedMultiplyAdd(t1, m, a);
            t2 = Vector256.FusedMultiplyAdd(t2, m, a); t3 = Vector256.FusedMultiplyAdd(t3, m, a);
            t4 = Vector256.FusedMultiplyAdd(t4, m, a); t5 = Vector256.FusedMultiplyAdd(t5, m, a);
        }

        Keep((s0 + s1 + s2 + s3 + s4 + s5 + t0 + t1 + t2 + t3 + t4 + t5).ToVector512());
        return 12;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Loop128(int steps)
    {
        Vector128<float> m = Vector128.Create(0.999f), a = Vector128.Create(1e-3f);
        var (s0, s1, s2, s3, s4, s5) = (a, a, a, a, a, a);
        var (t0, t1, t2, t3, t4, t5) = (a, a, a, a, a, a);
        for (var i = 0; i < steps; i++)
        {
            s0 = Vector128.MultiplyAddEstimate(s0, m, a); s1 = Vector128.MultiplyAddEstimate(s1, m, a);
            s2 = Vector128.MultiplyAddEstimate(s2, m, a); s3 = Vector128.MultiplyAddEstimate(s3, m, a);
            s4 = Vector128.MultiplyAddEstimate(s4, m, a); s5 = Vector128.MultiplyAddEstimate(s5, m, a);
            t0 = Vector128.MultiplyAddEstimate(t0, m, a); t1 = Vector128.MultiplyAddEstimate(t1, m, a);
            t2 = Vector128.MultiplyAddEstimate(t2, m, a); t3 = Vector128.MultiplyAddEstimate(t3, m, a);
            t4 = Vector128.MultiplyAddEstimate(t4, m, a); t5 = Vector128.MultiplyAddEstimate(t5, m, a);
        }

        Keep((s0 + s1 + s2 + s3 + s4 + s5 + t0 + t1 + t2 + t3 + t4 + t5).ToVector256().ToVector512());
        return 12;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(Vector512<float> value) => GC.KeepAlive(value.ToScalar());
}
