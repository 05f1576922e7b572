namespace Upstride.Cli.Commands.Train;

/// <summary>What a training is to write, checked before hours are spent. Nothing is written.</summary>
internal static class TrainingTarget
{
    /// <summary>Whether the run goes on where a checkpoint stands.</summary>
    /// <param name="weights">The file of weights.</param>
    /// <param name="checkpoint">The run's checkpoint, which need not be there.</param>
    /// <param name="resume">Whether the user wants to go on.</param>
    /// <exception cref="IOException">The folder is missing, or the file is one.</exception>
    /// <exception cref="InvalidDataException">A run was not finished, and is not to go on.</exception>
    public static bool Check(string weights, string checkpoint, bool resume)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(weights))!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{weights}: the folder {folder} does not exist");
        if (Directory.Exists(weights)) throw new IOException($"{weights}: it is a folder: name a file in it");
        bool exists = File.Exists(checkpoint);
        if (exists && !resume)
            throw new InvalidDataException(
                $"{checkpoint} is there, of a run that was not finished: go on with it by --resume, or delete it");
        return exists;
    }
}
