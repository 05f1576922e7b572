using System.Runtime.InteropServices;
using Upstride.Bench.Measuring;
using Upstride.Bench.Problems;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Upstride.Bench.Peers.Torch;

/// <summary>PyTorch's functional calls; for the gradients the backward pass alone, of a graph that is kept.</summary>
internal sealed class TorchContender : IContender
{
    /// <inheritdoc/>
    public string Name => "torch";

    /// <inheritdoc/>
    public IRunnable? TryCreate(Workload workload, out string? refusal)
    {
        refusal = workload.Problem.IsPaddedAlike ? null : "PyTorch pads both ends alike";
        if (refusal is not null) return null;
        try
        {
            return new TorchRunnable(workload);
        }
        catch (ExternalException e)
        {
            refusal = e.Message.Split('\n')[0];
            return null;
        }
    }
}

/// <summary>A problem's tensors and the call.</summary>
internal sealed class TorchRunnable : IRunnable
{
    private readonly List<Tensor> _tensors = [];
    private readonly Func<Tensor> _compute;
    private Tensor? _result;

    /// <summary>Copies the operands, and runs forward where a gradient is asked for.</summary>
    public TorchRunnable(Workload workload)
    {
        set_num_threads(workload.Threads);
        var p = workload.Problem;
        long[] coarse = [p.Batch, p.CoarseChannels, .. Long(p.Coarse)], fine = [p.Batch, p.FineChannels, .. Long(p.Fine)];
        long[] weight = [p.CoarseChannels, p.FineChannels / p.Groups, .. Long(p.Kernel)];
        Tensor Operand(NativeBuffer? values, long[] shape) => Keep(values is null ? zeros(shape) : tensor(values.Span.ToArray(), shape));
        Tensor x, w, dy;
        switch (workload.Operation)
        {
            case Operation.Forward:
                (x, w) = (Operand(workload.Coarse, coarse), Operand(workload.Weight, weight));
                _compute = () => Transposed(p, x, w);
                break;
            case Operation.Convolution:
                (x, w) = (Operand(workload.Fine, fine), Operand(workload.Weight, weight));
                _compute = () => Convolution(p, x, w);
                break;
            default:
                (x, w, dy) = (Operand(workload.Coarse, coarse), Operand(workload.Weight, weight), Operand(workload.Fine, fine));
                Tensor wanted = (workload.Operation is Operation.InputGradient ? x : w).requires_grad_();
                Tensor y = Keep(Transposed(p, x, w));
                _compute = () => autograd.grad([y], [wanted], [dy], retain_graph: true)[0];
                break;
        }
    }

    /// <inheritdoc/>
    public double? PreparationMilliseconds => 0; // functional calls: the first run does it all

    /// <inheritdoc/>
    public long? WorkspaceBytes => null;

    /// <inheritdoc/>
    public string Algorithm => LibTorch.Name;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Output
    {
        get
        {
            using var values = _result!.contiguous();
            return values.data<float>().ToArray();
        }
    }

    /// <inheritdoc/>
    public void Run()
    {
        _result?.Dispose();
        _result = _compute();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _result?.Dispose();
        foreach (var tensor in _tensors) tensor.Dispose();
    }

    private static long[] Long(int[] sizes) => Array.ConvertAll(sizes, s => (long)s);

    private static Tensor Transposed(Problem p, Tensor x, Tensor w)
    {
        long[] stride = Long(p.Stride), padding = Long(p.Padding), extra = Long(p.OutputPadding), dilation = Long(p.Dilation);
        return stride.Length switch
        {
            1 => functional.conv_transpose1d(x, w, null, stride[0], padding[0], extra[0], dilation[0], p.Groups),
            2 => functional.conv_transpose2d(x, w, null, stride, padding, extra, dilation, p.Groups),
            _ => functional.conv_transpose3d(x, w, null, stride, padding, extra, dilation, p.Groups),
        };
    }

    private static Tensor Convolution(Problem p, Tensor x, Tensor w)
    {
        long[] stride = Long(p.Stride), padding = Long(p.Padding), dilation = Long(p.Dilation);
        return stride.Length switch
        {
            1 => functional.conv1d(x, w, null, stride[0], padding[0], dilation[0], p.Groups),
            2 => functional.conv2d(x, w, null, stride, padding, dilation, p.Groups),
            _ => functional.conv3d(x, w, null, stride, padding, dilation, p.Groups),
        };
    }

    private Tensor Keep(Tensor tensor)
    {
        _tensors.Add(tensor);
        return tensor;
    }
}
