using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>No algorithm reads or writes one element beyond its tensors: each stands against a page that nothing may touch.</summary>
public sealed class GuardedTensorTests
{
    [Fact]
    public void Random_problems_stay_inside_their_tensors() => RandomProblems.ForAll(71, 60, static geometry =>
    {
        Check<float>(geometry);
        Check<double>(geometry);
    });

    /// <summary>Many narrow images stand side by side in the vectors; a source of single elements is read where it lies.</summary>
    [Theory]
    [InlineData("narrow n16 ci3 co4 g1 i4x4 k4x4 s2x2 p1x1")]
    [InlineData("narrow-row n16 ci2 co3 g1 i5 k3 s2 p1")]
    [InlineData("in-place n1 ci5 co6 g1 i7x9 k1x1 s1x1")]
    [InlineData("in-place-stride n2 ci3 co2 g1 i5x6 k2x2 s2x2")]
    [InlineData("three n16 ci2 co2 g1 i3x5 k3x3 s3x3")]
    [InlineData("windows n1 ci7 co2 g1 i3x5 k16x16 s8x8 p3x3")]
    [InlineData("four n1 ci2 co3 g1 i6x37 k8x8 s4x4 p2x2")]
    public void The_paths_that_read_whole_vectors_stay_inside_their_tensors(string problem)
    {
        foreach (Layout layout in Enum.GetValues<Layout>())
        {
            ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry.WithLayout(layout);
            Check<float>(geometry);
            Check<double>(geometry);
        }
    }

    private static void Check<T>(ConvTransposeGeometry geometry)
        where T : unmanaged, INumber<T>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<T>);
        foreach (bool againstEnd in (bool[])[true, false])
        {
            using GuardedMemory<T> input = Guard(x, againstEnd), output = Guard(y, againstEnd), inputToo = Guard(x, againstEnd),
                outputToo = Guard(y, againstEnd);
            using GuardedMemory<T> weight = Guard(w, againstEnd), gradient = Guard(w, againstEnd);
            foreach (Pass pass in Passes)
            {
                // With a residual, as it is one more tensor; Winograd too, whose values its own tests judge.
                T[] expected = Oracle.Compute(geometry, pass, x, w, y);
                bool residual = pass == Pass.Forward;
                if (residual) expected = [.. expected.Zip(y, static (product, added) => product + added)];
                foreach (ComputeSettings way in Ways<T>(geometry, pass)
                    .Concat(Widths.Select(static width => By("winograd") with { Width = width })))
                {
                    if (AlgorithmTable.Named(way.Algorithm!).Refusal(new(geometry, pass, typeof(T), way)) is not null) continue;
                    using Plan<T> plan = pass == Pass.Forward
                        ? ConvTransposePlan.Create<T>(geometry, weight.Span, residual: true, settings: way)
                        : TestProblems.Plan(geometry, pass, w, way);
                    GuardedMemory<T> destination = pass switch { Pass.Forward => outputToo, Pass.InputGradient => inputToo, _ => gradient };
                    Poisoned<T>(destination.Count).CopyTo(destination.Span);
                    if (pass == Pass.InputGradient) plan.Run(output.Span, destination.Span);
                    else plan.Run(input.Span, output.Span, destination.Span);
                    if (way.Algorithm != "winograd")
                        AssertSame(expected, destination.Span.ToArray(), $"{way.Algorithm} {way.Width} {pass}");
                }
            }
        }
    }

    private static GuardedMemory<T> Guard<T>(T[] values, bool againstEnd)
        where T : unmanaged
    {
        var memory = new GuardedMemory<T>(values.Length, againstEnd);
        values.CopyTo(memory.Span);
        return memory;
    }
}
