using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Explain.Teaching;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Explain.Scenes;

/// <summary>A transposed convolution of 4x4 taps and stride 2 that learns bilinear upsampling from pairs of pictures by gradient
/// descent.</summary>
public sealed class LearningScene
{
    private const int Taps = 4;
    private const int Size = 6;
    private const int Pictures = 8;
    private const double Rate = 0.35;

    private LearningScene(Scene scene, ImmutableArray<double> errors)
    {
        Scene = scene;
        Errors = errors;
    }

    /// <summary>The kernel step by step beside the tent that it comes to.</summary>
    public Scene Scene { get; }

    /// <summary>The mean squared error before each step, and after the last.</summary>
    public ImmutableArray<double> Errors { get; }

    /// <summary>Learns.</summary>
    /// <param name="steps">Steps of gradient descent, 1 to 64.</param>
    /// <param name="seed">Of the pictures and of the first weights.</param>
    /// <param name="language">Of the texts.</param>
    public static LearningScene Create(int steps = 24, ulong seed = 1, Language language = Language.English)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, 64);
        Texts texts = Texts.Of(language);
        var random = new SplitMix(seed);
        ConvTransposeGeometry geometry =
            ConvTransposeGeometry.PyTorch([Pictures, 1, Size, Size], [1, 1, Taps, Taps], stride: 2, padding: 1);
        double[] pictures = [.. Enumerable.Range(0, geometry.InputLength).Select(_ => random.Unit() * 2 - 1)];
        var tent = new double[Taps * Taps];
        BilinearKernel.Fill([Taps, Taps], tent.AsSpan());
        double[] wanted = Forward(geometry, pictures, tent);
        double[] kernel = [.. Enumerable.Range(0, tent.Length).Select(_ => random.Unit() - 0.5)], first = [.. kernel];

        var errors = new List<double>();
        var all = ImmutableArray.CreateBuilder<SceneStep>();
        for (int step = 0; step <= steps; step++)
        {
            double[] made = Forward(geometry, pictures, kernel);
            double[] difference = [.. made.Zip(wanted, static (one, other) => one - other)];
            errors.Add(difference.Average(static one => one * one));
            if (step == steps) break;
            var gradient = new double[kernel.Length];
            ConvTranspose.WeightGradient(geometry, pictures.AsSpan(), difference.AsSpan(), gradient.AsSpan());
            double[] before = kernel;

            // Each tap meets every input element but at the border, and a third is the mean of their squares.
            kernel = [.. kernel.Zip(gradient, static (weight, slope) => weight - Rate * slope * 3 / (Pictures * Size * Size))];
            double[] after = kernel;
            all.Add(new(
                texts["learn.step", step + 1, Numeral.Of(errors[^1])], [],
                [.. Enumerable.Range(0, kernel.Length)
                    .Select(tap => new Change(
                        new(Parts.Kernel, 0, tap / Taps, tap % Taps), before[tap], after[tap] - before[tap], after[tap]))]));
        }
        string end = texts["learn.end", steps, Numeral.Of(errors[0]), Numeral.Of(errors[^1])];
        Panel Grid(string part, string title, double[] values) => SceneSource.Grid(
            part, 0, title, Taps, Taps, (row, column) => (Numeral.Of(values[row * Taps + column]), values[row * Taps + column]),
                CellRole.Weight);
        var scene = new Scene(
            null, texts["learn.title"], end,
            [Grid("start", texts["learn.start"], first), Grid(Parts.Kernel, texts["learn.kernel"], kernel),
                Grid("tent", texts["learn.tent"], tent)],
            all.ToImmutable(), [.. kernel])
        {
            Lines = [end],
        };
        return new(scene, [.. errors]);
    }

    private static double[] Forward(ConvTransposeGeometry geometry, double[] input, double[] weight)
    {
        var output = new double[geometry.OutputLength];
        ConvTranspose.Forward(geometry, input.AsSpan(), weight.AsSpan(), [], output.AsSpan());
        return output;
    }
}
