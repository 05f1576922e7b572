using Upstride.Bench.Measuring;
using Upstride.Bench.Peers.Torch;
using Upstride.Bench.Problems;
using Upstride.Bench.Training;
using Upstride.Learning;
using Upstride.Learning.Randomness;
using Upstride.Models.Generation;
using Upstride.Models.Segmentation;
using Upstride.Onnx;
using Upstride.Onnx.Export;
using static TorchSharp.torch;

namespace Upstride.Bench.Networks;

/// <summary>The segmentation networks and a DCGAN's generator with weights from a seed: exported to ONNX for sessions, and PyTorch's
/// layers.</summary>
internal static class DecoderNetwork
{
    private const int Height = 192, Width = 256, Batch = 64;
    private static readonly DcganSettings _sizes = new(32, 1, 32, 100);

    /// <summary>In the order of the table.</summary>
    public static IReadOnlyList<BenchNetwork> All { get; } =
    [
        .. Enum.GetValues<SegmentationArchitecture>().Select(Segmentation),
        Create($"inference dcgan {Batch}", [Batch, _sizes.Latent, 1, 1], [Batch, _sizes.Channels, _sizes.Size, _sizes.Size],
            static () => new DcganGenerator<float>(_sizes, new RandomSource(3)),
            static (network, layers, x) => layers.Forward(network.Children[0].Module, x)),
    ];

    private static BenchNetwork Segmentation(SegmentationArchitecture architecture)
    {
        SegmentationSettings settings = SegmentationTask.SettingsOf(architecture);
        return Create(
            $"inference {SegmentationTask.Word(architecture)} {Width}x{Height}", [1, 3, Height, Width],
            [1, settings.Classes.Length, Height, Width], () => SegmentationNetwork<float>.Create(settings, new RandomSource(2)),
            SegmentationPeer.Forward);
    }

    private static BenchNetwork Create<TNetwork>(string name, int[] input, int[] output, Func<TNetwork> draw,
        Func<TNetwork, LayerPeer, Tensor, Tensor> forward)
        where TNetwork : Module<float>, IOnnxExportable<float>
    {
        TNetwork Draw()
        {
            TNetwork network = draw();
            network.Eval();
            return network;
        }
        var model = new Lazy<byte[]>(() => Export(Draw(), input));
        return new(name, input, output, () => model.Value,
            (buffer, threads) => new OnnxNetwork.Runnable(model.Value, buffer, input, output, givesBytes: false, threads),
            OnnxNetwork.Bound)
        {
            Torch = (buffer, threads) => new TorchNetwork<TNetwork>(Draw(), buffer, input, threads, forward),
        };
    }

    private static byte[] Export<TNetwork>(TNetwork network, int[] input) where TNetwork : Module<float>, IOnnxExportable<float>
    {
        string path = Path.GetTempFileName();
        try
        {
            OnnxExport.Write(path, network, new() { InputShape = [.. input.Select(static length => new OnnxDimension(length, null))] });
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>PyTorch's layers in use.</summary>
    private sealed class TorchNetwork<TNetwork> : IRunnable where TNetwork : Module<float>
    {
        private readonly TNetwork _network;
        private readonly LayerPeer _layers;
        private readonly Tensor _input;
        private readonly Func<TNetwork, LayerPeer, Tensor, Tensor> _forward;
        private Tensor? _output;

        public TorchNetwork(TNetwork network, NativeBuffer input, int[] shape, int threads,
            Func<TNetwork, LayerPeer, Tensor, Tensor> forward)
        {
            set_num_threads(threads);
            (_network, _layers, _forward) = (network, new(network) { IsTraining = false }, forward);
            _input = tensor(input.Span.ToArray(), [.. shape.Select(static length => (long)length)]);
        }

        public ReadOnlySpan<float> Output => _output!.data<float>().ToArray();

        public long? WorkspaceBytes => null;

        public string Algorithm => LibTorch.Name;

        public void Run()
        {
            _output?.Dispose();
            using var without = inference_mode();
            using var scope = NewDisposeScope();
            _output = _forward(_network, _layers, _input).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            _output?.Dispose();
            _input.Dispose();
            _layers.Dispose();
        }
    }
}
