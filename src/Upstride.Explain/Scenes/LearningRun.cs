using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Explain.Teaching;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Explain.Scenes;

/// <summary>The making of a <see cref="LearningScene"/>, step by step, for who has something else to do between two steps.</summary>
public sealed class LearningRun
{
    private const int Taps = 4;
    private const int Size = 6;
    private const int Pictures = 8;
    private const double Rate = 0.35;

    private readonly int _count;
    private readonly Texts _texts;
    private readonly ConvTransposeGeometry _geometry =
        ConvTransposeGeometry.PyTorch([Pictures, 1, Size, Size], [1, 1, Taps, Taps], stride: 2, padding: 1);
    private readonly double[] _pictures, _tent = new double[Taps * Taps], _wanted, _first;
    private readonly List<double> _errors = [];
    private readonly ImmutableArray<SceneStep>.Builder _steps = ImmutableArray.CreateBuilder<SceneStep>();
    private double[] _kernel;

    /// <summary>Begins.</summary>
    /// <param name="steps">Steps of gradient descent, 1 to 64.</param>
    /// <param name="seed">Of the pictures and of the first weights.</param>
    /// <param name="language">Of the texts.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another number of steps.</exception>
    public LearningRun(int steps = 24, ulong seed = 1, Language language = Language.English)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, 64);
        _count = steps;
        _texts = Texts.Of(language);
        var random = new SplitMix(seed);
        _pictures = [.. Enumerable.Range(0, _geometry.InputLength).Select(_ => random.Unit() * 2 - 1)];
        BilinearKernel.Fill([Taps, Taps], _tent.AsSpan());
        _wanted = Forward(_tent);
        _kernel = [.. Enumerable.Range(0, _tent.Length).Select(_ => random.Unit() - 0.5)];
        _first = [.. _kernel];
    }

    /// <summary>How much is learned, 0 to 1.</summary>
    public double Done => (double)_steps.Count / _count;

    /// <summary>A step of gradient descent; after the last, the error that is left.</summary>
    /// <returns>Whether there is more to do.</returns>
    public bool Step()
    {
        if (_errors.Count > _count) return false;
        double[] difference = [.. Forward(_kernel).Zip(_wanted, static (one, other) => one - other)];
        _errors.Add(difference.Average(static one => one * one));
        if (_steps.Count == _count) return false;
        var gradient = new double[_kernel.Length];
        ConvTranspose.WeightGradient(_geometry, _pictures.AsSpan(), difference.AsSpan(), gradient.AsSpan());
        double[] before = _kernel;

        // Each tap meets every input element but at the border, and a third is the mean of their squares.
        double[] after = [.. before.Zip(gradient, static (weight, slope) => weight - Rate * slope * 3 / (Pictures * Size * Size))];
        _kernel = after;
        _steps.Add(new(
            _texts["learn.step", _steps.Count + 1, Numeral.Of(_errors[^1])], [],
            [.. Enumerable.Range(0, after.Length)
                .Select(tap => new Change(
                    new(Parts.Kernel, 0, tap / Taps, tap % Taps), before[tap], after[tap] - before[tap], after[tap]))]));
        return true;
    }

    /// <summary>The scene of all steps.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Step"/> has more to do.</exception>
    public LearningScene Finish()
    {
        if (_errors.Count <= _count) throw new InvalidOperationException($"{_steps.Count} of {_count} steps are done");
        string end = _texts["learn.end", _count, Numeral.Of(_errors[0]), Numeral.Of(_errors[^1])];
        Panel Grid(string part, string title, double[] values) => SceneSource.Grid(
            part, 0, title, Taps, Taps, (row, column) => (Numeral.Of(values[row * Taps + column]), values[row * Taps + column]),
                CellRole.Weight);
        return new(new Scene(
            null, _texts["learn.title"], end,
            [Grid("start", _texts["learn.start"], _first), Grid(Parts.Kernel, _texts["learn.kernel"], _kernel),
                Grid("tent", _texts["learn.tent"], _tent)],
            _steps.ToImmutable(), [.. _kernel])
        {
            Lines = [end],
        }, [.. _errors]);
    }

    private double[] Forward(double[] weight)
    {
        var output = new double[_geometry.OutputLength];
        ConvTranspose.Forward(_geometry, _pictures.AsSpan(), weight.AsSpan(), [], output.AsSpan());
        return output;
    }
}
