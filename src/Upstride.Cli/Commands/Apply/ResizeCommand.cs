using System.CommandLine;
using System.Numerics.Tensors;
using Upstride.Cli.Reports;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Apply;

/// <summary><c>upstride apply resize</c>.</summary>
internal sealed class ResizeCommand : ApplyCommand
{
    private readonly Option<PerAxis> _size = CommandOptions.PerAxis("--size", "sizes", "Sizes of the output's spatial axes: 64x64.");
    private readonly Option<float[]?> _scale = CommandOptions.Numbers("--scale", "factors", "Scales in place of sizes, for all axes or each: 2 or 2x1.5.");
    private readonly Option<ResizeMode?> _mode = CommandOptions.Choice(
        "--mode", "How values are made; linear where not given (bilinear over two axes).",
        ("nearest", ResizeMode.Nearest), ("linear", ResizeMode.Linear), ("cubic", ResizeMode.Cubic), ("area", ResizeMode.Area));
    private readonly Option<ResizeCoordinates?> _coordinates = CommandOptions.Choice(
        "--coordinates", "Where outputs lie, by ONNX's names; half-pixel where not given, and asymmetric for nearest, as in PyTorch.",
        ("half-pixel", ResizeCoordinates.HalfPixel), ("half-pixel-symmetric", ResizeCoordinates.HalfPixelSymmetric),
        ("pytorch-half-pixel", ResizeCoordinates.PyTorchHalfPixel), ("align-corners", ResizeCoordinates.AlignCorners),
        ("asymmetric", ResizeCoordinates.Asymmetric), ("tf-half-pixel-for-nn", ResizeCoordinates.TensorFlowHalfPixelForNearest));
    private readonly Option<ResizeNearest?> _nearest = CommandOptions.Choice(
        "--nearest", "Which place is nearest; floor where not given.",
        ("floor", ResizeNearest.Floor), ("ceil", ResizeNearest.Ceiling), ("round-prefer-floor", ResizeNearest.RoundPreferFloor), ("round-prefer-ceil", ResizeNearest.RoundPreferCeiling));
    private readonly Option<bool> _antialias = new("--antialias") { Description = "Widen linear and cubic filters where an axis shrinks." };
    private readonly Option<double?> _cubic = new("--cubic-coefficient") { Description = "Keys' a of cubic: -0.75 where not given (-0.5 with --antialias, as in PyTorch).", HelpName = "a" };
    private readonly Option<bool> _matlab = new("--matlab") { Description = "MATLAB's imresize bicubic: cubic, a = -0.5, widened where an axis shrinks, mirrored at the border." };

    public ResizeCommand(Report report) : base(
        "resize",
        "Resizes the spatial axes: nearest, linear, cubic or area, in any framework's coordinates.",
        report,
        new Example("apply resize --input x.npy --size 16x16 -o y.npy", "Bilinear, half-pixel, as torch.nn.functional.interpolate with align_corners=False."),
        new Example("apply resize --input x.npy --scale 0.5 --mode cubic --antialias -o y.npy", "Half as large by a cubic filter that is widened so that no sample is passed over."))
    {
        foreach (Option option in (Option[])[_size, _scale, _mode, _coordinates, _nearest, _antialias, _cubic, _matlab]) Add(option);
    }

    protected override Applied Apply<T>(ParseResult parsed, Tensor<T> input, Layout layout, CancellationToken cancellation)
    {
        ResizeMethod method = Method(parsed);
        PerAxis size = parsed.GetValue(_size);
        float[] scale = parsed.GetValue(_scale) ?? [];
        if (size.Values.IsEmpty == (scale.Length == 0))
            throw CommandException.BadInput("size", "the output's size is needed once: give --size or --scale");
        ResizeGeometry geometry = scale.Length == 0
            ? ResizeGeometry.ToSize(input.Lengths, size, method, layout)
            : ResizeGeometry.ByScale(input.Lengths, scale, method, layout);
        return new(ToArray(Resize.Forward<T>(input, geometry)));
    }

    private ResizeMethod Method(ParseResult parsed)
    {
        bool antialias = parsed.GetValue(_antialias);
        ResizeMode mode = parsed.GetValue(_mode) ?? ResizeMode.Linear;
        if (parsed.GetValue(_matlab))
        {
            return parsed.GetValue(_mode) is null or ResizeMode.Cubic && parsed.GetValue(_coordinates) is null && parsed.GetValue(_cubic) is null
                ? ResizeMethod.MatlabBicubic
                : throw CommandException.BadInput("matlab", "--matlab fixes mode, coordinates and coefficient: leave them out");
        }
        ResizeMethod method = mode switch
        {
            ResizeMode.Nearest => ResizeMethod.PyTorchNearest,
            ResizeMode.Cubic => ResizeMethod.PyTorchBicubic(antialias: antialias),
            ResizeMode.Area => ResizeMethod.Area,
            _ => ResizeMethod.PyTorchLinear(antialias: antialias),
        };
        if (parsed.GetValue(_coordinates) is { } coordinates) method = method with { Coordinates = coordinates };
        if (parsed.GetValue(_nearest) is { } nearest) method = method with { Nearest = nearest };
        if (parsed.GetValue(_cubic) is { } a) method = method with { CubicCoefficient = a };
        return method;
    }
}
