using Upstride.Bench.Measuring;
using Upstride.Bench.Peers.OneDnn;
using Upstride.Bench.Peers.OnnxRuntime;
using Upstride.Bench.Peers.Torch;

namespace Upstride.Bench;

/// <summary>Who takes part: Upstride and the peers that are installed.</summary>
internal sealed class Contenders
{
    /// <summary>Upstride's name in tables and in the JSON file.</summary>
    public const string Upstride = "upstride";

    private readonly List<IContender> _all = [];
    private readonly List<string> _notes = [];

    private Contenders()
    {
    }

    /// <summary>In the order of their turns.</summary>
    public IReadOnlyList<IContender> All => _all;

    /// <summary>Versions found, and what is missing.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Loads the peers that are asked for.</summary>
    public static Contenders Load(Options options)
    {
        var contenders = new Contenders();
        contenders._all.Add(new UpstrideContender(options.Algorithm, positionIndependent: options.PositionIndependent));
        foreach (var peer in options.Peers)
        {
            var refusal = options.Avx2 && peer == "ort" ? OrtInstructions.HoldToAvx2() : null;
            if ((refusal ?? contenders.Add(peer, options.Clock)) is { } missing) contenders._notes.Add($"{peer}: missing, {missing}");
        }
        return contenders;
    }

    // Returns why a peer is missing.
    private string? Add(string peer, Clock clock)
    {
        string? missing;
        switch (peer)
        {
            case "onednn":
                if (OneDnnLibrary.TryLoad(out missing) is not { } oneDnn) return missing;
                _all.AddRange(Enum.GetValues<OneDnnLayout>().Select(layout => new OneDnnContender(oneDnn, layout)));
                _notes.Add($"onednn: oneDNN {oneDnn.Version}");
                return null;
            case "ort":
                _all.Add(new OrtContender(clock));
                _notes.Add($"ort: ONNX Runtime {OrtRunnable.Version}");
                return null;
            default:
                if (!LibTorch.TryLoad(out missing)) return missing;
                _all.Add(new TorchContender());
                _notes.Add($"torch: {LibTorch.Name}");
                return null;
        }
    }
}
