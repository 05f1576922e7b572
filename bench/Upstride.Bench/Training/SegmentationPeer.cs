using Upstride.Learning;
using Upstride.Models.Segmentation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Upstride.Bench.Training;

/// <summary>What is between the layers of the segmentation networks, in PyTorch.</summary>
internal static class SegmentationPeer
{
    private const int Stages = 5;

    /// <summary>Scores every class at every pixel.</summary>
    public static Tensor Forward(SegmentationNetwork<float> network, LayerPeer layers, Tensor picture)
    {
        Dictionary<string, Module<float>> parts = Parts(network);
        Tensor Apply(string name, Tensor x) => layers.Forward(parts[name], x);
        if (network.Settings.Architecture == SegmentationArchitecture.UNet) return UNet(parts, Apply, picture);
        bool isFcn = network.Settings.Architecture
            is SegmentationArchitecture.Fcn32s or SegmentationArchitecture.Fcn16s or SegmentationArchitecture.Fcn8s;
        Dictionary<string, Module<float>> encoder = Parts(parts["encoder"]);
        var stages = new (Tensor Output, Tensor? Indices)[Stages];
        Tensor value = picture;
        for (int stage = 0; stage < Stages; stage++)
        {
            Tensor before = layers.Forward(encoder[$"stage{stage + 1}"], value);
            if (isFcn) stages[stage] = (functional.max_pool2d(before, [2, 2], [2, 2]), null);
            else stages[stage] = functional.max_pool2d_with_indices(before, [2, 2], [2, 2]);
            value = stages[stage].Output;
        }
        if (parts.ContainsKey("top")) value = Apply("top", value);
        if (isFcn)
        {
            value = Apply("score", value);
            for (int pool = Stages - 1; pool >= 1; pool--)
                if (parts.ContainsKey($"score_pool{pool}"))
                    value = Apply($"enlarge{pool}", value) + Apply($"score_pool{pool}", stages[pool - 1].Output);
            return Apply("enlarge", value);
        }
        for (int stage = Stages - 1; stage >= 0; stage--)
            value = Apply($"decoder{stage + 1}", functional.max_unpool2d(value, stages[stage].Indices!, [2, 2], [2, 2]));
        return Apply("score", value);
    }

    private static Tensor UNet(Dictionary<string, Module<float>> parts, Func<string, Tensor, Tensor> apply, Tensor picture)
    {
        var skips = new List<Tensor>();
        Tensor x = apply("down1", picture);
        for (int level = 2; parts.ContainsKey($"down{level}"); level++)
        {
            skips.Add(x);
            x = apply($"down{level}", functional.max_pool2d(x, [2, 2], [2, 2]));
        }
        for (int level = skips.Count; level >= 1; level--)
            x = apply($"up{level}", cat([skips[level - 1], apply($"enlarge{level}", x)], 1));
        return apply("score", x);
    }

    private static Dictionary<string, Module<float>> Parts(Module<float> module) =>
        module.Children.ToDictionary(static one => one.Name, static one => one.Module);
}
