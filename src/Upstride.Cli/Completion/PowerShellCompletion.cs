using System.Text;

namespace Upstride.Cli.Completion;

/// <summary>Completion for PowerShell.</summary>
internal static class PowerShellCompletion
{
    /// <summary>The script.</summary>
    public static string Script(CompletionWords words)
    {
        var text = new StringBuilder("""
            Register-ArgumentCompleter -Native -CommandName upstride -ScriptBlock {
                param($word, $line, $position)
                $words = @{

            """);
        foreach (CommandWords command in words.Commands)
        {
            text.Append($"        '{command.Path}' = "
                + $"'{string.Join(' ', command.Commands.Concat(command.Options.SelectMany(static option => option.Names)))}'\n");
            foreach (OptionChoice option in command.Options.Where(static option => option.Words.Length > 0))
                foreach (string name in option.Names)
                    text.Append($"        '{command.Path} {name}' = '{string.Join(' ', option.Words)}'\n");
        }
        text.Append("""
                }
                $typed = @($line.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })
                $path = 'upstride'
                foreach ($one in $typed | Select-Object -Skip 1) { if ($words.ContainsKey("$path $one") -and -not $one.StartsWith('-')) { $path = "$path $one" } }
                $key = if ($typed.Count -gt 0 -and $words.ContainsKey("$path $($typed[-1])") -and $typed[-1].StartsWith('-')) { "$path $($typed[-1])" } else { $path }
                $words[$key].Split(' ') | Where-Object { $_.StartsWith($word) } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """);
        return text.ToString().ReplaceLineEndings("\n");
    }
}
