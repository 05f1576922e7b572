using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Explain.Teaching;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Explain.Scenes;

/// <summary>The ordinary convolution as the starting point: there by it and back by its transpose, and the other way round. Sizes return,
/// values do not.</summary>
public static class RoundTripScene
{
    /// <summary>Shows both ways over one or two axes.</summary>
    /// <param name="parameters">The convolution's; its input is the convolution's.</param>
    /// <param name="framework">Whose rules.</param>
    /// <param name="input">The convolution's input.</param>
    /// <param name="weight">Its kernel.</param>
    /// <param name="language">Of the texts.</param>
    /// <exception cref="GeometryException">The framework refuses the settings, or the values do not fit them.</exception>
    public static Scene Create(HyperParameters parameters, Framework framework, ValueSource input, ValueSource weight, Language language =
        Language.English)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        Texts texts = Texts.Of(language);
        ConvolutionGeometry convolution = parameters.LowerConvolution(framework);
        ConvTransposeGeometry back = convolution.Adjoint;
        if (back.Axes.Length > 2) throw ValueSource.Fault(
            "input", "input has 3 axes, and the round trip is drawn over one or two: use shape --convolution for the sizes");
        int[] large = [.. back.Axes.Select(static axis => axis.Output)], kernel = [.. back.Axes.Select(static axis => axis.Kernel)];
        if (back.MultiplyAdds > Computation.MaximalProducts || Product(large) > SceneSource.MaximalCells)
            throw ValueSource.Fault(
                "input", $"the input has {Product(large)} cells, more than the {SceneSource.MaximalCells} that are shown: use a smaller "
                    + $"input");
        double[] x = [.. input.Fill("input", [1], large)], w = [.. weight.Fill("weight", [1, 1], kernel)];
        double[] there = Convolve(convolution, x, w), returned = Transpose(back, there, w), again = Convolve(convolution, returned, w);
        ImmutableArray<string> equations =
            [.. back.Axes.Select((axis, a) => ConvolutionEquation.Of(axis, a, parameters, framework)).Distinct(StringComparer.Ordinal)];
        string from = string.Join('x', large), to = string.Join('x', back.Axes.Select(static axis => axis.Input));
        string title = texts["roundtrip.title", from, to], values = texts["roundtrip.values"];
        Panel Grid(string part, string heading, Func<ConvTransposeAxis, int> size, double[] cells, CellRole role, string sign)
        {
            int[] sizes = [.. back.Axes.Select(size)];
            (int rows, int columns) = sizes.Length == 2 ? (sizes[0], sizes[1]) : (1, sizes[0]);
            return SceneSource.Grid(part, 0, heading, rows, columns, (row, column) =>
                (Numeral.Of(cells[row * columns + column]), cells[row * columns + column]), role) with { Sign = sign };
        }
        return new(
            null, title, $"{string.Join(' ', equations)} {values}",
            [
                Grid(Parts.Input, texts["roundtrip.input", from], static axis => axis.Output, x, CellRole.Input, ""),
                Grid(Parts.Kernel, texts["weight"], static axis => axis.Kernel, w, CellRole.Weight, "*"),
                Grid(Parts.Output, texts["roundtrip.there", to], static axis => axis.Input, there, CellRole.Output, "="),
                Grid(Parts.Back, texts["roundtrip.back", from], static axis => axis.Output, returned, CellRole.Input, ""),
                Grid("again", texts["roundtrip.again", to], static axis => axis.Input, again, CellRole.Output, ""),
            ],
            [], [.. there])
        {
            Lines = [.. equations, values],
        };
    }

    private static int Product(int[] sizes) => sizes.Aggregate(1, static (product, size) => product * size);

    private static double[] Convolve(ConvolutionGeometry geometry, double[] input, double[] weight)
    {
        var output = new double[geometry.Adjoint.InputLength];
        Convolution.Forward(geometry, input.AsSpan(), weight.AsSpan(), [], output.AsSpan());
        return output;
    }

    private static double[] Transpose(ConvTransposeGeometry geometry, double[] input, double[] weight)
    {
        var output = new double[geometry.OutputLength];
        ConvTranspose.Forward(geometry, input.AsSpan(), weight.AsSpan(), [], output.AsSpan());
        return output;
    }
}
