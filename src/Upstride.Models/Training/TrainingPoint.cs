namespace Upstride.Models.Training;

/// <summary>A point of the training curves.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Seconds">Time spent training, without what came before a resumed run was stopped.</param>
/// <param name="LearningRate">The rate of the last step.</param>
/// <param name="Loss">The mean loss of the steps since the point before.</param>
/// <param name="Psnr">The mean over the validation pictures, and over the scales that the network serves, in dB.</param>
public sealed record TrainingPoint(long Step, double Seconds, double LearningRate, double Loss, double Psnr);
