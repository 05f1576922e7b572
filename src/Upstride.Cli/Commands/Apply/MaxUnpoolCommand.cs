using System.CommandLine;
using System.Numerics.Tensors;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Apply;

/// <summary><c>upstride apply max-unpool</c>.</summary>
internal sealed class MaxUnpoolCommand : ApplyCommand
{
    private readonly Option<string?> _indices =
        CommandOptions.File("--indices", "Where each input goes, int32 or int64 within its own plane: what max-pool wrote.",
        required: true);
    private readonly Option<PerAxis> _kernel = CommandOptions.Kernel();
    private readonly Option<PerAxis> _stride =
        CommandOptions.PerAxis("--stride", "steps", "The pooling's stride; default: the kernel.", "-s");
    private readonly Option<PerAxis> _padding = CommandOptions.PerAxis("--padding", "amounts", "The pooling's padding.", "-p");
    private readonly Option<PerAxis> _outputShape =
        CommandOptions.PerAxis("--output-shape", "sizes", "Sizes of the output's spatial axes; any sizes where no kernel is given.");

    public MaxUnpoolCommand(Report report) : base(
        "max-unpool",
        "Puts every input where its maximum stood, and zeros elsewhere.",
        report,
        new Example("apply max-unpool --input y.npy --indices i.npy --kernel 2 -o x.npy", "Undoes a pooling by windows of 2x2."),
        new Example("apply max-unpool --input y.npy --indices i.npy --output-shape 8x8 -o x.npy",
            "Into planes of 8x8, whatever the pooling was."))
    {
        foreach (Option option in (Option[])[_indices, _kernel, _stride, _padding, _outputShape]) Add(option);
    }

    protected override Applied Apply<T>(ParseResult parsed, Tensor<T> input, Layout layout, CancellationToken cancellation)
    {
        PerAxis kernel = parsed.GetValue(_kernel), stride = parsed.GetValue(_stride), size = parsed.GetValue(_outputShape);
        if (kernel.Values.IsEmpty && size.Values.IsEmpty)
            throw CommandException.BadInput("kernel", "the output's size is needed: give the pooling's --kernel, or --output-shape");
        UnpoolGeometry geometry = kernel.Values.IsEmpty
            ? UnpoolGeometry.ToSize(input.Lengths, size, layout)
            : UnpoolGeometry.PyTorch(
                input.Lengths, kernel, stride.OrNull(), parsed.GetValue(_padding), size.OrNull(), layout);
        return new(ToArray(MaxUnpool.Forward<T>(input, ReadIndices(parsed, cancellation), geometry)));
    }

    private Tensor<int> ReadIndices(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetValue(_indices)!;
        NpyArray array = CommandException.OnFile("indices", () => Interruptible.Run(() => NpyFile.Read(path, cancellation), cancellation));
        // By name: to the runtime, an array of unsigned integers is one of signed ones, too.
        int[] places = array.ElementType switch
        {
            "int32" => (int[])array.Elements,
            "int64" => Array.ConvertAll((long[])array.Elements, place => place is >= 0 and <= int.MaxValue
                ? (int)place
                : throw CommandException.BadInput("indices",
                $"'{path}' holds the index {place}, and none may be negative or above {int.MaxValue}")),
            _ => throw CommandException.BadInput("indices",
                $"'{path}' holds {array}, and int32 or int64 is needed: convert it with astype"),
        };
        return Tensor.Create(places, Lengths(array));
    }
}
