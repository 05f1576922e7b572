using System.Numerics;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>Runs of every length are dealt to lanes and collected again, with zeros outside, beside guarded pages.</summary>
public sealed unsafe class RunDealingTests
{
    [Fact]
    public void Runs_are_dealt_to_lanes_in_turn_and_collected_again()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, INumber<T>
        {
            foreach (bool againstEnd in (bool[])[true, false])
            foreach (int run in (int[])[2, 3, 4, 5, 7, 8, 12, 17])
            foreach (int lanes in (int[])[1, 2, 3, 4])
            foreach (int runs in (int[])[1, 4, 9, 16, 37])
            foreach ((int before, int behind) in ((int, int)[])[(0, 0), (1, 0), (run, 2 * run + 1), (3, run - 1)])
                if (before + behind <= run * runs) CheckOne<T>(againstEnd, run, lanes, runs, before, run * runs - behind);
        }
    }

    private static void CheckOne<T>(bool againstEnd, int run, int lanes, int runs, int low, int high)
        where T : unmanaged, INumber<T>
    {
        const int Rows = 2;
        int total = run * runs, lane = (runs + lanes - 1) / lanes * run, dealt = lane * lanes;
        int Place(int i) => i / run % lanes * lane + i / run / lanes * run + i % run;

        // What lies before a row's first element that counts is not read.
        using var source = new GuardedMemory<T>((Rows - 1) * total + high - low, againstEnd);
        for (int i = 0; i < source.Count; i++) source.Span[i] = T.CreateChecked(i + 1);
        using var lanesOf = new GuardedMemory<T>(Rows * dealt, againstEnd);
        lanesOf.Span.Fill(T.CreateChecked(-1));
        RunDealing.Deal(source.Start - low, total, low, high, total, run, lanes, lanesOf.Start, lane, dealt, Rows);
        T[] expected = [.. Enumerable.Repeat(T.CreateChecked(-1), Rows * dealt)];
        for (int r = 0; r < Rows; r++)
            for (int i = 0; i < total; i++)
                expected[r * dealt + Place(i)] = i >= low && i < high ? T.CreateChecked(r * total + i - low + 1) : T.Zero;
        Assert.True(lanesOf.Span.SequenceEqual(expected), $"{runs} runs of {run} to {lanes} lanes, {low} to {high}");

        using var collected = new GuardedMemory<T>(Rows * high, againstEnd);
        RunDealing.Collect(lanesOf.Start, lane, dealt, run, lanes, collected.Start, high, Rows, high);
        expected = new T[Rows * high];
        for (int r = 0; r < Rows; r++)
            for (int i = 0; i < high; i++) expected[r * high + i] = lanesOf.Span[r * dealt + Place(i)];
        Assert.True(collected.Span.SequenceEqual(expected), $"{runs} runs of {run} from {lanes} lanes, {high}");
    }
}
