using Upstride.Geometry;

namespace Upstride.Tests.Operators;

/// <summary>Positions and weights of one axis against definitions written out here.</summary>
public sealed class ResizeTapsTests
{
    private static readonly ResizeCoordinates[] s_scaled =
        [ResizeCoordinates.HalfPixel, ResizeCoordinates.AlignCorners, ResizeCoordinates.Asymmetric,
        ResizeCoordinates.TensorFlowHalfPixelForNearest];

    // The closest whole position is found by trying them all, in integers.
    [Fact]
    public void Nearest_is_the_closest_input_of_all()
    {
        foreach (ResizeCoordinates coordinates in s_scaled)
        {
            foreach (ResizeNearest rounding in Enum.GetValues<ResizeNearest>())
            {
                for (int input = 1; input <= 12; input++)
                {
                    for (int output = 1; output <= 12; output++)
                    {
                        var method = new ResizeMethod { Mode = ResizeMode.Nearest, Coordinates = coordinates, Nearest = rounding };
                        ResizeTaps taps = ResizeTaps.Create(ResizeAxis.ToSize(input, output, coordinates), method);
                        Assert.True(taps.IsSelection);
                        for (int o = 0; o < output; o++)
                        {
                            // The place is numerator/denominator.
                            (int numerator, int denominator) = coordinates switch
                            {
                                ResizeCoordinates.HalfPixel => ((2 * o + 1) * input - output, 2 * output),
                                ResizeCoordinates.AlignCorners => output == 1 ? (0, 1) : (o * (input - 1), output - 1),
                                ResizeCoordinates.Asymmetric => (o * input, output),
                                _ => ((2 * o + 1) * input, 2 * output),
                            };
                            var candidates = Enumerable.Range(-20, 60);
                            int best = rounding switch
                            {
                                ResizeNearest.RoundPreferFloor =>
                                    candidates.OrderBy(i => Math.Abs(i * denominator - numerator)).ThenBy(i => i).First(),
                                ResizeNearest.RoundPreferCeiling =>
                                    candidates.OrderBy(i => Math.Abs(i * denominator - numerator)).ThenByDescending(i => i).First(),
                                ResizeNearest.Ceiling => candidates.First(i => i * denominator >= numerator),
                                ResizeNearest.CeilingWhereShrinking when output < input =>
                                    candidates.First(i => i * denominator >= numerator),
                                _ => candidates.Last(i => i * denominator <= numerator),
                            };
                            Assert.Equal(Math.Clamp(best, 0, input - 1), taps.First[o]);
                        }
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(3, 7)]
    [InlineData(10, 3)]
    [InlineData(5, 5)]
    public void PyTorchs_two_nearest_modes_follow_their_formulas(int input, int output)
    {
        ResizeTaps Taps(ResizeMethod method) => ResizeTaps.Create(ResizeAxis.ToSize(input, output, method.Coordinates), method);
        for (int o = 0; o < output; o++)
        {
            Assert.Equal(o * input / output, Taps(ResizeMethod.PyTorchNearest).First[o]);
            Assert.Equal((2 * o + 1) * input / (2 * output), Taps(ResizeMethod.PyTorchNearestExact).First[o]);
        }
    }

    [Fact]
    public void Every_outputs_weights_sum_to_one()
    {
        foreach (ResizeMethod method in ResizeMethods.All)
        {
            for (int input = 1; input <= 9; input++)
            {
                for (int output = 1; output <= 20; output++)
                {
                    ResizeTaps taps = ResizeTaps.Create(ResizeAxis.ToSize(input, output, method.Coordinates), method);
                    for (int o = 0; o < output; o++)
                    {
                        ReadOnlySpan<double> weights = taps.Weights[taps.Offsets[o]..taps.Offsets[o + 1]];
                        double sum = 0, magnitude = 0;
                        foreach (double weight in weights)
                        {
                            sum += weight;
                            magnitude += Math.Abs(weight);
                        }
                        // A cubic weight is made by six rounded operations on numbers below 8; a sum adds one rounding for each term.
                        Assert.Equal(1, sum, (weights.Length * magnitude + 4 * 48) * MachineEpsilon.Double);
                        Assert.InRange(taps.First[o], 0, input - weights.Length);
                    }
                }
            }
        }
    }

    [Fact]
    public void The_same_size_changes_nothing()
    {
        foreach (ResizeMethod method in ResizeMethods.All)
        {
            ResizeTaps taps = ResizeTaps.Create(ResizeAxis.ToSize(7, 7, method.Coordinates), method);
            Assert.True(taps.IsSelection, $"{method}");
            Assert.Equal([0, 1, 2, 3, 4, 5, 6], taps.First.ToArray());
        }
    }

    [Fact]
    public void Area_weighs_the_samples_of_its_window_alike()
    {
        ResizeTaps taps = ResizeTaps.Create(ResizeAxis.ToSize(5, 3), ResizeMethod.Area);
        Assert.Equal([0, 1, 3], taps.First.ToArray());
        Assert.Equal([0, 2, 5, 7], taps.Offsets.ToArray());
        Assert.Equal([0.5, 0.5, 1 / 3.0, 1 / 3.0, 1 / 3.0, 0.5, 0.5], taps.Weights.ToArray());
    }

    [Fact]
    public void Keys_cubic_at_a_quarter_has_its_known_weights()
    {
        // a = -1/2 at 1/4: (-9, 111, 29, -3)/128.
        var method = new ResizeMethod { Mode = ResizeMode.Cubic, CubicCoefficient = -0.5, Coordinates = ResizeCoordinates.Asymmetric };
        ResizeTaps taps = ResizeTaps.Create(ResizeAxis.ToSize(4, 16, ResizeCoordinates.Asymmetric), method);
        Assert.Equal([-9 / 128.0, 111 / 128.0, 29 / 128.0, -3 / 128.0], taps.Weights[taps.Offsets[5]..taps.Offsets[6]].ToArray());
        Assert.Equal(0, taps.First[5]);
    }

    [Fact]
    public void A_mirrored_border_repeats_the_border_once_and_goes_on_inwards()
    {
        ResizeMethod method = ResizeMethod.MatlabBicubic with { Border = ResizeBorder.Reflect, Antialias = false };
        // Output 0 lies at -1/4: taps at -2, -1, 0, 1 become 1, 0, 0, 1 with weights (-3, 29, 111, -9)/128.
        ResizeTaps taps = ResizeTaps.Create(ResizeAxis.ToSize(6, 12), method);
        Assert.Equal(0, taps.First[0]);
        Assert.Equal([140 / 128.0, -12 / 128.0], taps.Weights[..taps.Offsets[1]].ToArray());
        // One sample reflected over and over is that sample.
        taps = ResizeTaps.Create(ResizeAxis.ToSize(1, 5), method);
        Assert.Equal([1.0, 1.0, 1.0, 1.0, 1.0], taps.Weights.ToArray());
    }

    [Fact]
    public void A_given_scale_keeps_single_precision_and_a_size_is_exact()
    {
        // 10*0.7f is 6.9999998 exactly and 7 in single precision, which is what ONNX Runtime allocates.
        Assert.Equal(7, ResizeAxis.ByScale(10, 0.7f).Output);
        // (1 + 1/2)/0.6f - 1/2 is 2 in single precision, 1.99999990 exactly.
        Assert.Equal(new ResizePosition(2, 0), ResizeAxis.ByScale(5, 0.6f).PositionOf(1));
        Assert.Equal(new ResizePosition(2, 0), ResizeAxis.ToSize(5, 3).PositionOf(1));
        Assert.Equal(new ResizePosition(-1, 0.75), ResizeAxis.ToSize(5, 10).PositionOf(0));
    }

    [Fact]
    public void A_scale_in_double_precision_is_followed_exactly()
    {
        // 1.1 in single precision is 1.10000002..., and half a thousandth of a pixel off after 22,000 outputs.
        ResizeAxis axis = ResizeAxis.ByScale(20000, 1.1), single = ResizeAxis.ByScale(20000, 1.1f);
        Assert.Equal(22000, axis.Output);
        ResizePosition last = axis.PositionOf(21999);
        Assert.Equal((21999 + 0.5) / 1.1 - 0.5, last.Floor + last.Fraction, 1e-9);
        ResizePosition rounded = single.PositionOf(21999);
        Assert.NotEqual(last.Floor + last.Fraction, rounded.Floor + rounded.Fraction, 1e-5);
        Assert.Equal(ResizeAxis.ToSize(4, 8).PositionOf(3), ResizeAxis.ByScale(4, 2.0).PositionOf(3));

        // floor(5*1.7) = 8, and the positions follow 1.7, not 8/5: PyTorch's scale_factor where it is not recomputed.
        ResizePosition third = ResizeAxis.ByScale(5, 1.7).PositionOf(3);
        Assert.Equal(3.5 / 1.7 - 0.5, third.Floor + third.Fraction, 1e-15);
        Assert.Equal([1, 2, 8, 3], ResizeGeometry.ByScale([1, 2, 5, 3], [1.7, 1.0], ResizeMethod.PyTorchLinear()).OutputShape);
    }

    [Fact]
    public void PyTorchs_aligned_corners_are_not_antialiased()
    {
        const string Message =
            "alignCorners and antialias are both true, and PyTorch then takes the scale from the corners and the positions from half "
            + "pixels, which meets neither: choose one";
        Assert.StartsWith(Message,
            Assert.Throws<ArgumentException>(static () => ResizeMethod.PyTorchLinear(alignCorners: true, antialias: true)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(Message,
            Assert.Throws<ArgumentException>(static () => ResizeMethod.PyTorchBicubic(alignCorners: true, antialias: true)).Message,
            StringComparison.Ordinal);

        // ONNX's meaning can be asked for: the corners meet, and the filter is three wide.
        ResizeMethod aligned = ResizeMethod.PyTorchLinear(alignCorners: true) with { Antialias = true };
        ResizeTaps taps = ResizeTaps.Create(ResizeAxis.ToSize(9, 3, aligned.Coordinates), aligned);
        Assert.Equal((2, 5), (taps.First[1], taps.Offsets[2] - taps.Offsets[1]));
    }

    // The standard's resize_downsample_scales_linear_align_corners: 4 times 0.6 is 2.4, and output 1 lies at 3/1.4.
    [Fact]
    public void Aligned_corners_by_scale_use_the_unrounded_output()
    {
        ResizePosition position = ResizeAxis.ByScale(4, 0.6f, ResizeCoordinates.AlignCorners).PositionOf(1);
        Assert.Equal(3 / 1.4, position.Floor + position.Fraction, 8 * MachineEpsilon.Single);
        Assert.Equal(new ResizePosition(3, 0), ResizeAxis.ToSize(4, 2, ResizeCoordinates.AlignCorners).PositionOf(1));
    }

    [Fact]
    public void Half_pixel_symmetric_shares_what_rounding_left_over()
    {
        // 4*0.6 = 2.4 becomes 2 outputs; the middles of both images meet.
        var axis = ResizeAxis.ByScale(4, 0.6f, ResizeCoordinates.HalfPixelSymmetric);
        double first = axis.PositionOf(0).Floor + axis.PositionOf(0).Fraction,
            last = axis.PositionOf(1).Floor + axis.PositionOf(1).Fraction;
        Assert.Equal(1.5, (first + last) / 2, 1e-6);
        // An exact ratio, for example of a kept aspect ratio: 3*3/5 = 1.8 becomes 2.
        axis = ResizeAxis.ByRatio(3, 3, 5, ResizeCoordinates.HalfPixelSymmetric);
        Assert.Equal(2, axis.Output);
        Assert.Equal(new ResizePosition(0, 1 / 6.0), axis.PositionOf(0));
        Assert.Equal(new ResizePosition(1, 5 / 6.0), axis.PositionOf(1));
    }

    [Fact]
    public void Transposing_twice_gives_the_same_matrix()
    {
        foreach (ResizeMethod method in ResizeMethods.All)
        {
            foreach ((int input, int output) in new[] { (5, 9), (9, 4), (1, 3), (3, 1) })
            {
                ResizeTaps taps = ResizeTaps.Create(ResizeAxis.ToSize(input, output, method.Coordinates), method),
                    transposed = taps.Transpose();
                Assert.Equal((output, input), (transposed.Input, transposed.Output));
                for (int o = 0; o < output; o++)
                    for (int i = 0; i < input; i++) Assert.Equal(At(taps, o, i), At(transposed, i, o));
            }
        }
    }

    [Fact]
    public void Refusals_say_why()
    {
        Assert.Equal("output = 0, and must be at least 1", Assert.Throws<GeometryException>(static () => ResizeAxis.ToSize(3, 0)).Message);
        Assert.Equal("the output is floor(input*scale) = floor(2*0.3) = 0, and must be 1 .. 2147483647: choose another scale",
            Assert.Throws<GeometryException>(static () => ResizeAxis.ByScale(2, 0.3f)).Message);
        Assert.Equal("scale = NaN, and must be positive and finite",
            Assert.Throws<GeometryException>(static () => ResizeAxis.ByScale(2, float.NaN)).Message);
        Assert.Equal("the output is round(input*scale) = round(3*1/9) = 0, and must be 1 .. 2147483647: choose another scale",
            Assert.Throws<GeometryException>(static () => ResizeAxis.ByRatio(3, 1, 9)).Message);
    }

    private static double At(ResizeTaps taps, int row, int column)
    {
        int k = column - taps.First[row] + taps.Offsets[row];
        return column >= taps.First[row] && k < taps.Offsets[row + 1] ? taps.Weights[k] : 0;
    }
}

/// <summary>One of every kind of resize.</summary>
internal static class ResizeMethods
{
    public static ResizeMethod[] All { get; } =
    [
        ResizeMethod.PyTorchNearest, ResizeMethod.PyTorchNearestExact, ResizeMethod.Area, ResizeMethod.MatlabBicubic,
        ResizeMethod.MatlabBicubic with { Border = ResizeBorder.Reflect },
        ResizeMethod.PyTorchLinear(), ResizeMethod.PyTorchLinear(alignCorners: true), ResizeMethod.PyTorchLinear(antialias: true),
        ResizeMethod.PyTorchBicubic(), ResizeMethod.PyTorchBicubic(alignCorners: true), ResizeMethod.PyTorchBicubic(antialias: true),
        ResizeMethod.PyTorchLinear() with { Coordinates = ResizeCoordinates.Asymmetric },
        ResizeMethod.PyTorchBicubic() with { Border = ResizeBorder.Exclude, CubicCoefficient = -0.5 },
    ];
}

internal static class MachineEpsilon
{
    public const double Double = 1.0 / (1L << 52);
    public const double Single = 1.0 / (1L << 23);
}
