using Upstride.Explain.Computing;
using Upstride.Explain.Diagnosis;
using Upstride.Explain.Scenes;
using Upstride.Geometry;
using static Upstride.Architecture.Tests.PublicCalls.Spans;

namespace Upstride.Architecture.Tests.PublicCalls;

internal static partial class SpanCalls
{
    private static IEnumerable<SpanCall> Explain()
    {
        Problem problem = Problem.Create(s_transposed, Framework.PyTorch, new double[100], new double[108]);
        yield return SpanCall.Of(typeof(Problem), null, "Create", s_transposed, Framework.PyTorch, Doubles(100), Doubles(108),
            Doubles(3, Lengths.OrEmpty));
        yield return SpanCall.Of(typeof(Computation), Computation.Of(problem), "SumAt", 0, Of(Lengths.Exact, -77, 1, 1));
        yield return SpanCall.Of(typeof(ValueSource), ValueSource.Ones, "Fill", "input", Of(Lengths.Any, -77, 2),
            Of(Lengths.Any, -77, 3, 3));
        yield return SpanCall.Of(
            typeof(Upsampler), null, "Show", Upsampling.Nearest, Doubles(9), Of(Lengths.Exact, -77, 3, 3), 2, Doubles(0, Lengths.Any));

        UpsamplingLayer layer = UpsamplingLayer.Create("up", [1, 1, 4, 4], new double[16], 2);
        yield return SpanCall.Of(typeof(UpsamplingLayer), null, "Create", "up", Of(Lengths.Exact, -77, 1, 1, 4, 4), Doubles(16), 2);
        yield return SpanCall.Of(typeof(UpsamplingLayer), null, "Equal", "up", Of(Lengths.AtLeastOne, -77, 4, 4), 2);
        yield return SpanCall.Of(typeof(UpsamplingLayer), null, "OfSubPixel", "up", Of(Lengths.Exact, -77, 4, 1, 3, 3), Doubles(36), 2);
        yield return SpanCall.Of(typeof(Cures), null, "EqualizeInPlace", layer, Doubles(16));
        PatternChain chain = PatternChain.Flat(2, 2);
        yield return SpanCall.Of(
            typeof(PatternChain), chain, "ThroughConvolution", "conv", Of(Lengths.Exact, -77, 3, 2, 3, 3), Doubles(54),
                Of(Lengths.Exact, -77, 1, 1),
            Of(Lengths.Exact, -77, 1, 1), 1);
        yield return SpanCall.Of(typeof(PatternChain), chain, "Scaled", Doubles(2));
        yield return SpanCall.Of(typeof(PictureSpectrum), null, "Of", Floats(32 * 32), 32, 32, 2);
    }

    private static SpanArgument Doubles(int length, Lengths legal = Lengths.Exact) => Zeros(length, 12345.5, legal);
}
