namespace Upstride.Cli.Reports;

/// <summary>What a training run made.</summary>
/// <param name="File">The weights' file, as given.</param>
/// <param name="Model">The network's name.</param>
/// <param name="Scale">How much larger its output is.</param>
/// <param name="Weights">Its weights without biases and slopes.</param>
/// <param name="Steps">Steps done.</param>
/// <param name="Seconds">Time spent training; null, as what follows, where the log of a resumed run was gone.</param>
/// <param name="Loss">The mean squared error of the last steps, of values in 0 to 1.</param>
/// <param name="Psnr">The mean over the validation pictures, in dB.</param>
/// <param name="Log">The curves as numbers.</param>
/// <param name="Curves">The curves as a picture.</param>
internal sealed record TrainReport(string File, string Model, int Scale, int Weights, long Steps, double? Seconds, double? Loss,
    double? Psnr, string Log, string Curves);
