namespace Upstride.Models.Training;

/// <summary>The files of a training run, which are beside each other.</summary>
/// <param name="Weights">Where the finished weights go, a .safetensors file.</param>
public sealed record TrainingFiles(string Weights)
{
    /// <summary>All that an unfinished run needs to go on; gone when it is finished.</summary>
    public string Checkpoint => Weights + ".checkpoint";

    /// <summary>The curves as numbers.</summary>
    public string Log => Path.ChangeExtension(Weights, ".csv");

    /// <summary>The curves as a picture.</summary>
    public string Curves => Path.ChangeExtension(Weights, ".svg");
}
