namespace Upstride.Models.Runs;

/// <summary>The files of a training run, which are beside each other.</summary>
/// <param name="Weights">Where the finished weights go, a .safetensors file.</param>
public sealed record RunFiles(string Weights)
{
    /// <summary>All that an unfinished run needs to go on; gone when it is finished.</summary>
    public string Checkpoint => Weights + ".checkpoint";

    /// <summary>The curves as numbers.</summary>
    public string Log => Path.ChangeExtension(Weights, ".csv");

    /// <summary>The curves as a picture.</summary>
    public string Chart => Path.ChangeExtension(Weights, ".svg");

    /// <summary>The folder of the pictures that are made on the way, where a run makes any.</summary>
    public string Samples => Path.ChangeExtension(Weights, null) + "-samples";
}
