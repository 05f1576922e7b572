using System.CommandLine;
using System.Numerics.Tensors;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Apply;

/// <summary><c>upstride apply max-pool</c>.</summary>
internal sealed class MaxPoolCommand : ApplyCommand
{
    private readonly Option<PerAxis> _kernel = CommandOptions.Kernel();
    private readonly Option<PerAxis> _stride =
        CommandOptions.PerAxis("--stride", "steps", "Distance between windows; default: the kernel.", "-s");
    private readonly Option<PerAxis> _padding =
        CommandOptions.PerAxis("--padding", "amounts", "Padding at both ends, at most half the window.", "-p");
    private readonly Option<PerAxis> _dilation = CommandOptions.Dilation();
    private readonly Option<bool> _ceil = new("--ceil") { Description = "Keep a last window that does not fit." };
    private readonly Option<string?> _indices =
        CommandOptions.File("--indices", "Also write where each maximum stood, int64 within its own plane, as PyTorch counts.");

    public MaxPoolCommand(Report report) : base(
        "max-pool",
        "Takes the largest element of every window, and remembers where it stood for max-unpool.",
        report,
        new Example("apply max-pool --input x.npy --kernel 2 --indices i.npy -o y.npy",
            "Windows of 2x2, side by side, with the indices that max-unpool needs."),
        new Example("apply max-pool --input x.npy --kernel 3 --stride 2 --padding 1 -o y.npy", "The first pooling of ResNet."))
    {
        foreach (Option option in (Option[])[_kernel, _stride, _padding, _dilation, _ceil, _indices]) Add(option);
    }

    protected override Applied Apply<T>(ParseResult parsed, Tensor<T> input, Layout layout, CancellationToken cancellation)
    {
        var geometry = PoolGeometry.PyTorch(
            input.Lengths, parsed.Require(_kernel), parsed.GetValue(_stride).OrNull(), parsed.GetValue(_padding),
                parsed.GetValue(_dilation), parsed.GetValue(_ceil), layout);
        (Tensor<T> output, Tensor<int> indices) = MaxPool.Forward<T>(input, geometry);
        if (parsed.GetValue(_indices) is not null)
        {
            NpyArray places = ToArray(indices);
            Write(parsed, _indices, new(places.Shape.AsSpan(), Array.ConvertAll((int[])places.Elements, static place => (long)place)),
                cancellation);
        }
        return new(ToArray(output));
    }
}
