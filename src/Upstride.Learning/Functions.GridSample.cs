using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

/// <summary>What a grid that points outside of a picture finds there.</summary>
public enum GridPadding
{
    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>The nearest pixel of the border.</summary>
    Border,

    /// <summary>The picture mirrored at its border.</summary>
    Reflection,
}

public static partial class Functions
{
    /// <summary>
    /// A picture at places that are computed: PyTorch's <c>grid_sample</c> over two axes. There are gradients by the picture and by the
    /// places. Jaderberg et al., "Spatial Transformer Networks", 2015.
    /// </summary>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="grid">[batch, rows, columns, 2]: x and y of each place, -1 at the left and upper edge, 1 at the right and
    /// lower.</param>
    /// <param name="nearest">Whether the nearest pixel is taken; otherwise the four around are interpolated.</param>
    /// <param name="padding">What is outside.</param>
    /// <param name="alignCorners">Whether -1 and 1 are the middles of the outermost pixels, or their outer edges.</param>
    /// <returns>[batch, channels, rows, columns].</returns>
    /// <exception cref="GeometryException">Shapes that do not fit each other.</exception>
    public static Variable<T> GridSample<T>(Variable<T> input, Variable<T> grid, bool nearest = false,
        GridPadding padding = GridPadding.Zeros,
        bool alignCorners = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(grid);
        Require.Rank(input.Shape.AsSpan(), 4, 4, nameof(input));
        Require.Rank(grid.Shape.AsSpan(), 4, 4, nameof(grid));
        if (grid.Shape[0] != input.Shape[0] || grid.Shape[3] != 2 || input.Shape[2] < 1 || input.Shape[3] < 1)
            throw new GeometryException(new(nameof(grid),
                $"input has shape {TensorMemory.Text(input.Shape.AsSpan())} and grid has {TensorMemory.Text(grid.Shape.AsSpan())}: the "
                    + $"batches "
                + $"must be equal, the input's sizes at least 1, and the grid's last axis 2, x and y"));
        Tape<T> tape = Tape<T>.Of([input, grid]);
        var sampling = new GridSampling<T>(tape, input.Shape, grid.Shape);
        Variable<T> x = Coordinate(Slice(grid, 3, 0, 1), (int)input.Shape[3], padding, alignCorners, grid.Shape.AsSpan()[..3]),
            y = Coordinate(Slice(grid, 3, 1, 1), (int)input.Shape[2], padding, alignCorners, grid.Shape.AsSpan()[..3]);
        if (nearest)
            return sampling.Take(input, Rounded(x, static value => T.Round(value, MidpointRounding.ToEven)),
                Rounded(y, static value => T.Round(value, MidpointRounding.ToEven)));

        int[] left = Rounded(x, T.Floor), top = Rounded(y, T.Floor);
        Variable<T> right = x - sampling.Constant(left), lower = y - sampling.Constant(top);
        Variable<T> toLeft = ScaleAndShift(right, -T.One, T.One), toTop = ScaleAndShift(lower, -T.One, T.One);
        int[] next = [.. left.Select(static one => one == int.MaxValue ? one : one + 1)],
            below = [.. top.Select(static one => one == int.MaxValue ? one : one + 1)];
        Variable<T> sampled = sampling.TakeWeighted(input, left, top, toLeft * toTop)
            + sampling.TakeWeighted(input, next, top, right * toTop)
            + sampling.TakeWeighted(input, left, below, toLeft * lower) + sampling.TakeWeighted(input, next, below, right * lower);
        return Permute(sampled, 1, 0, 2, 3);
    }

    // From -1 .. 1 to the pixels' numbers.
    private static Variable<T> Coordinate<T>(Variable<T> grid, int size, GridPadding padding, bool alignCorners, ReadOnlySpan<nint> shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double scale = alignCorners ? (size - 1) / 2.0 : size / 2.0, shift = (size - 1) / 2.0;
        Variable<T> place = ScaleAndShift(Reshape(grid, shape), T.CreateTruncating(scale), T.CreateTruncating(shift));
        if (padding == GridPadding.Zeros) return place;
        if (padding == GridPadding.Reflection) place = Reflected(place, alignCorners ? 0 : -0.5, alignCorners ? size - 1 : size - 0.5);
        return Clamped(place, size - 1);
    }

    // Between 0 and the most; the gradient outside, and at the ends, is 0.
    private static Variable<T> Clamped<T>(Variable<T> place, int most)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T end = T.CreateTruncating(most);
        return ScaleAndShift(ReLU(ScaleAndShift(ReLU(place), -T.One, end)), -T.One, end);
    }

    // Mirrored at both ends as often as needed: piecewise, the same up to a sign and a shift.
    private static Variable<T> Reflected<T>(Variable<T> place, double least, double most)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Tape<T> tape = Tape<T>.Of([place]);
        double span = most - least;
        if (span <= 0) return ScaleAndShift(place, T.Zero, T.Zero);
        Variable<T> signs = tape.Empty(place.Shape.AsSpan()), shifts = tape.Empty(place.Shape.AsSpan());
        for (int i = 0; i < place.Length; i++)
        {
            double value = double.CreateTruncating(place.Elements[i]) - least, sign = value < 0 ? -1 : 1;
            double flips = Math.Floor(sign * value / span), rest = sign * value - flips * span;
            bool even = flips % 2 == 0;
            double result = even ? least + rest : most - rest, factor = even ? sign : -sign;
            signs.Elements[i] = T.CreateTruncating(factor);
            shifts.Elements[i] = T.CreateTruncating(result - factor * double.CreateTruncating(place.Elements[i]));
        }
        return place * signs + shifts;
    }

    private static int[] Rounded<T>(Variable<T> place, Func<T, T> round)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] places = new int[place.Length];
        for (int i = 0; i < places.Length; i++) places[i] = int.CreateSaturating(round(place.Elements[i]));
        return places;
    }
}
