using TorchSharp;
using Upstride.Geometry;
using Upstride.Operators;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Upstride.Torch.Tests;

/// <summary>Every way to resize that PyTorch has, larger and smaller, over one, two and three axes, and its gradient.</summary>
public class ResizeTests
{
    private static readonly int[][][] _sizes =
    [
        [[7], [15]], [[9], [4]], [[6, 5], [12, 15]], [[8, 9], [5, 20]], [[16, 13], [6, 5]], [[1, 6], [3, 1]], [[3, 4, 5], [7, 8, 5]],
        [[6, 5, 4], [2, 3, 4]],
    ];

    private static readonly Dictionary<string,
        (ResizeMethod Method, InterpolationMode?[] Mode, bool? AlignCorners, bool Antialias)> _methods = new()
    {
        ["nearest"] = (ResizeMethod.PyTorchNearest, Same(InterpolationMode.Nearest), null, false),
        ["nearest-exact"] = (ResizeMethod.PyTorchNearestExact, Same(InterpolationMode.NearestExact), false, false),
        ["area"] = (ResizeMethod.Area, Same(InterpolationMode.Area), null, false),
        ["linear"] = (ResizeMethod.PyTorchLinear(), Linear, false, false),
        ["linear, corners aligned"] = (ResizeMethod.PyTorchLinear(alignCorners: true), Linear, true, false),
        ["linear, antialiased"] = (ResizeMethod.PyTorchLinear(antialias: true), Plane(InterpolationMode.Bilinear), false, true),
        ["cubic"] = (ResizeMethod.PyTorchBicubic(), Plane(InterpolationMode.Bicubic), false, false),
        ["cubic, corners aligned"] = (ResizeMethod.PyTorchBicubic(alignCorners: true), Plane(InterpolationMode.Bicubic), true, false),
        ["cubic, antialiased"] = (ResizeMethod.PyTorchBicubic(antialias: true), Plane(InterpolationMode.Bicubic), false, true),
    };

    private static InterpolationMode?[] Linear => [InterpolationMode.Linear, InterpolationMode.Bilinear, InterpolationMode.Trilinear];

    /// <summary>Those that PyTorch has for so many axes.</summary>
    public static TheoryData<string, int[], int[]> Cases =>
        [.. from name in _methods.Keys from size in _sizes where _methods[name].Mode[size[0].Length - 1] is not null
            select (name, size[0], size[1])];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_and_gradient_are_those_of_PyTorch(string name, int[] from, int[] to)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        (ResizeMethod method, InterpolationMode?[] modes, bool? alignCorners, bool antialias) = _methods[name];
        nint[] inputShape = [2, 3, .. from.Select(size => (nint)size)], outputShape = [2, 3, .. to.Select(size => (nint)size)];
        ResizeGeometry geometry = ResizeGeometry.ToSize(inputShape, to, method);
        double[] x = Torch.Random<double>(1, inputShape), dy = Torch.Random<double>(2, outputShape);
        double[] y = new double[dy.Length], dx = new double[x.Length];
        Resize.Forward(x, geometry, y);
        Resize.InputGradient(dy, geometry, dx);

        Tensor input = Torch.Of<double>(x, inputShape, requiresGradient: true);
        Tensor output = functional.interpolate(
            input, size: [.. to.Select(size => (long)size)], mode: modes[from.Length - 1]!.Value, align_corners: alignCorners,
            antialias: antialias);

        // A position is a product of numbers up to the size, rounded a few times; a weight of linear or cubic interpolation moves by at
        // most twice as much along each axis, and the weights of an output sum to 1 in magnitude for linear ones, to less than 1.6 along
        // each axis for cubic ones. Values are below 1, and up to so many outputs take from one input. Nearest neighbours are moved, and
        // their gradients summed.
        double positions = 4.0 * from.Concat(to).Max() + 16, weights = Math.Pow(1.6, from.Length);
        double bound = method.Mode == ResizeMode.Nearest ? 0 : positions * weights * from.Length * 2 * Torch.DoubleRounding;
        int shares = Math.Max(
            1, to.Zip(from, static (after, before) => 4 * ((after + before - 1) / before + 1)).Aggregate(1, static (a, b) => a * b));
        Torch.AssertNear<double>(Torch.Values(output), y, _ => bound, "output");
        Torch.AssertNear<double>(
            Torch.Gradients(output, [input], Torch.Of<double>(dy, outputShape))[0], dx,
            _ => shares * (bound + shares * Torch.DoubleRounding), "input gradient");
    }

    private static InterpolationMode?[] Same(InterpolationMode mode) => [mode, mode, mode];

    private static InterpolationMode?[] Plane(InterpolationMode mode) => [null, mode, null];
}
