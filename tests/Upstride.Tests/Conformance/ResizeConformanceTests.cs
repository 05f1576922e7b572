using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Tests.Conformance;

public sealed class ResizeConformanceTests
{
    public static IEnumerable<TheoryDataRow<string>> Cases => LiteralCases.Rows("resize");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_case_comes_out(string name)
    {
        LiteralCase one = LiteralCases.Get(name);
        ResizeGeometry geometry = Geometry(one);
        Assert.Null(one.ExpectedError);
        if (Expected(one) is { } expected)
        {
            var output = new float[geometry.OutputLength];
            if (one.Name.Contains("_dtype", StringComparison.OrdinalIgnoreCase)) RunOnIntegers(geometry, Input(one), output);
            else Resize.Forward(Input(one), geometry, output);
            if (one.Note == "integer tensor: result truncated towards zero") output = Array.ConvertAll(output, MathF.Truncate);
            one.AssertClose(expected, geometry.OutputShape.AsSpan(), output);
        }
        if (one.ExpectedInputGradient is { } expectedGradient)
        {
            Assert.True(one.GradientIsOnes);
            var ones = new float[geometry.OutputLength];
            Array.Fill(ones, 1f);
            var gradient = new float[geometry.InputLength];
            Resize.InputGradient(ones, geometry, gradient);
            one.AssertClose(expectedGradient, geometry.InputShape.AsSpan(), gradient);
        }
        Assert.True(one.Expected is not null || one.ExpectedInputGradient is not null, "the case expects something");
    }

    // The sources of the cases "dtype" resize whole numbers, and ONNX Runtime's antialiasing rounds those after each axis, columns first.
    private static void RunOnIntegers(ResizeGeometry geometry, float[] input, float[] output)
    {
        (int, ResizeTaps)[] innermostFirst = [.. Enumerable.Range(0, geometry.Axes.Length).Reverse()
            .Where(d => !geometry.Axes[d].IsIdentity).Select(d => (d, ResizeTaps.Create(geometry.Axes[d], geometry.Method)))];
        new ResizePasses<float>(geometry.InputShape, innermostFirst).Run(input, output, static values =>
        {
            foreach (ref float value in values) value = MathF.Floor(value + 0.5f);
        });
    }

    // Two inputs were transcribed as zeros: their sources fill NHWC from a running number over channel, row, column, one of them from 1 on.
    private static float[] Input(LiteralCase one)
    {
        float[] input = one.Input.Floats;
        if (one.Name is not ("ortresize.Antialias_NhwcBilinear" or "ortresize.Antialias_NHWCBicubic_ExcludeOutside")) return input;
        Assert.All(input, static value => Assert.Equal(0, value));
        int first = one.Name == "ortresize.Antialias_NhwcBilinear" ? 0 : 1;
        int channels = (int)one.Input.Shape[3], pixels = input.Length / channels;
        for (int i = 0; i < input.Length; i++) input[i] = first + i % channels * pixels + i / channels;
        return input;
    }

    // This one was transcribed with the numbers of the next, #2; its source has 0.625 and 2.375 for 0 1 2 3, and 4 more in each row.
    private static LiteralTensor? Expected(LiteralCase one)
    {
        if (one.Name != "ortresize.Antialias_Trilinear_Scale_Is_11s_and_1s1") return one.Expected;
        Assert.Equal(LiteralCases.Get(one.Name + "#2").Expected!.Data, one.Expected!.Data);
        return one.Expected with { Data = [.. Enumerable.Range(0, 128).Select(static i => 4 * (i / 2) + (i % 2 == 0 ? 0.625 : 2.375))] };
    }

    // ONNX: Upsample and opset 10 are asymmetric with floor; from opset 11 the defaults are half_pixel and round_prefer_floor.
    private static ResizeGeometry Geometry(LiteralCase one)
    {
        LiteralParameters parameters = one.Parameters;
        bool old = parameters.Integer("opset", 13) < 11;
        var method = new ResizeMethod
        {
            Mode = parameters.Text("mode", "nearest") switch { "nearest" => ResizeMode.Nearest, "linear" => ResizeMode.Linear, "cubic" =>
                ResizeMode.Cubic, var other => throw new NotSupportedException(other) },
            Coordinates = parameters.Text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel") switch
            {
                "half_pixel" => ResizeCoordinates.HalfPixel,
                "half_pixel_symmetric" => ResizeCoordinates.HalfPixelSymmetric,
                "pytorch_half_pixel" => ResizeCoordinates.PyTorchHalfPixel,
                "align_corners" => ResizeCoordinates.AlignCorners,
                "asymmetric" => ResizeCoordinates.Asymmetric,
                "tf_half_pixel_for_nn" => ResizeCoordinates.TensorFlowHalfPixelForNearest,
                "tf_crop_and_resize" => ResizeCoordinates.TensorFlowCropAndResize,
                var other => throw new NotSupportedException(other),
            },
            Nearest = parameters.Text("nearest_mode", old ? "simple" : "round_prefer_floor") switch
            {
                "simple" => ResizeNearest.CeilingWhereShrinking,
                "round_prefer_floor" => ResizeNearest.RoundPreferFloor,
                "floor" => ResizeNearest.Floor,
                "ceil" => ResizeNearest.Ceiling,
                var other => throw new NotSupportedException(other),
            },
            CubicCoefficient = parameters.Number("cubic_coeff_a", -0.75),
            Antialias = parameters.Integer("antialias", 0) != 0,
            Border = parameters.Integer("exclude_outside", 0) != 0 ? ResizeBorder.Exclude : ResizeBorder.Replicate,
            ExtrapolationValue = parameters.Number("extrapolation_value", 0),
        };
        long[] sizes = parameters.Longs("sizes"), axes = parameters.Longs("axes");
        float[] roi = parameters.Floats("roi");
        return sizes.Length > 0
            ? ResizeGeometry.OnnxSizes(one.Input.Shape, sizes, method, roi: roi, axes: axes)
            : ResizeGeometry.OnnxScales(one.Input.Shape, parameters.Floats("scales"), method, roi, axes);
    }
}
