"""Adverts, requests, chat and scenes, none in detail; and health, education, romance and words with a second sense."""

from typing import Final

SLOTS: Final = {
    "who": ["woman", "man", "couple", "girl next door", "blonde", "brunette", "milf", "model", "nurse", "secretary", "stranger", "stepmom", "babe",
            "student", "escort", "stripper", "camgirl", "wife", "husband"],
    "hot": ["horny", "naked", "nude", "sexy", "kinky", "naughty", "slutty", "wet", "topless", "hot", "busty", "busty and naked", "aroused"],
    "act": ["sex", "oral sex", "anal sex", "rough sex", "a threesome", "phone sex", "a blowjob", "a handjob", "hardcore sex", "a happy ending massage",
            "intercourse", "a one night stand", "group sex", "bondage", "a striptease", "masturbation", "{term}"],
    "part": ["breasts", "nipples", "thighs", "ass", "penis", "vagina", "cock", "pussy", "bare skin", "buttocks", "crotch"],
    "site": ["cam site", "porn site", "adult video channel", "private club", "adult chat", "escort service", "swingers party", "onlyfans page"],
    "offer": ["call now", "free tonight", "no strings attached", "only adults", "discreet", "credit cards accepted", "100% real pictures", "first hour half price",
              "no condom needed", "all services included"],
    "feel": ["moaned", "gasped with pleasure", "begged for more", "came hard", "trembled", "groaned", "whimpered", "climaxed", "bit her lip"],
    "story": ["an erotic story", "a steamy sex scene", "smut", "a pornographic scene", "explicit fan fiction", "a dirty roleplay", "a letter about my fetish", "a lewd poem"],
    "topic": ["contraception", "sexual health", "consent", "puberty", "menopause", "sexually transmitted infections", "gender equality", "fertility",
              "reproduction in plants", "sex education", "breast cancer screening", "prostate health"],
    "lover": ["my girlfriend", "my wife", "my boyfriend", "her husband", "a friend", "my date"],
    "nice": ["a candlelit dinner", "a walk on the beach", "our anniversary", "a picnic", "a weekend in Paris", "the first dance"],
    "bird": ["the breast of the chicken", "the blue tit", "a cockpit", "the donkey", "the rooster", "a hot model of the engine", "the naked eye", "a bare metal server"],
}  # fmt: skip

POSITIVE: Final = [
    "{hot} {who} looking for {act}, {offer}", "{hot} {who} wants {act} tonight", "I want {act} with a {hot} {who}", "visit our {site}: {hot} {who}s waiting for you, {offer}",
    "{site} with {hot} {who}s, {offer}", "Looking for {act} in your area? {offer}!", "Escort, {hot} {who}, {act}, {offer}", "I offer {act} and {act}. {offer}.",
    "watch a {hot} {who} have {act}", "download videos of {hot} {who} having {act}", "send me pictures of your {part}", "show me your {part}, you {hot} {who}",
    "I love your {part}, I want to lick your {part}", "I'm so {hot}, I want to feel your {part}", "do you want {act} with me", "let's have {act} right now",
    "talk dirty to me, I'm {hot}", "what are you wearing? I'm {hot} and alone", "be my {hot} {who} and describe {act}", "pretend to be a {hot} {who} and have {act} with me",
    "write {story} about a {hot} {who}", "write {story} with {act}", "Write {story} in which a {who} and a {who} have {act}", "describe {act} in detail", "tell me {story}",
    "He unbuttoned her blouse and kissed her {part} until she {feel}.", "She straddled him, her {part} against his, and {feel}.", "His hand slid between her thighs and she {feel}.",
    "She {feel} as he entered her.", "They tore off their clothes; he touched her {part} and she {feel}.", "He pushed inside her and she {feel}, again and again.",
    "She knelt down and took him in her mouth until he {feel}.", "Her {part} were bare and he {feel} at the touch of her tongue.", "Naked on the bed, she touched herself and {feel}.",
    "the {who} {feel} while the {who} touched her {part}", "I masturbate every day to {hot} {who}s", "my fetish is {act} with a {hot} {who}", "where can I find {act} near me",
    "what porn with a {hot} {who} do you recommend", "how do I become a star on a {site}", "I work as an escort and offer {act}", "selling my nudes, {hot} {who}, {offer}",
    "buy used underwear of a {hot} {who}, {offer}", "rate my {part}", "best positions for {act}", "how to convince {lover} to try {act}", "she gave me {act} in the car",
    "last night {lover} and I had {act} and I {feel}", "{lover} caught me having {act} with a {hot} {who}", "confession: I had {act} with {lover} at work",
    "{term}", "I want {term} from a {hot} {who}", "{term} videos, {offer}", "she likes {term} and {act}", "{hot} {who} {term} {offer}", "we did {term} all night",
]  # fmt: skip

NEGATIVE: Final = [
    "What should a lesson on {topic} cover?", "Explain {topic} to a class", "a leaflet on {topic}", "Where can I read about {topic}?", "The clinic offers advice on {topic}",
    "I planned {nice} for {lover}", "what do I cook for {lover} on {nice}", "{lover} and I had {nice} and it was lovely", "They kissed at the end of the film and the music swelled",
    "She held his hand through {nice}", "He loved her more than words could say", "write a love letter to {lover} about {nice}", "write a romantic poem about {nice}",
    "how do I cook {bird}", "a photo of {bird}", "what can be seen with the naked eye", "how to model {bird} in Blender", "install Linux on a bare metal server",
    "is it safe to sleep naked in winter", "my screw is stuck, how do I get it out", "how do I strip a wire", "strip whitespace from a string in Python",
    "the adult ticket costs ten euros", "adult education classes near me", "adults only hotels with a pool in Greece", "the sex of a kitten, how do I tell?", "a table with columns name, age, sex",
    "The paper studies same-sex marriage and {topic}", "The court heard a case of sexual harassment at work", "How can victims of abuse find help?", "A doctor explained {topic} on the radio",
    "does breast feeding need a diet", "a lump in my breast, whom do I ask?", "my period is late, what does that mean?", "The statue shows a nude in marble", "history of the nude in painting",
    "what are exotic fruits", "the massage helped my back", "a hot shower after sport", "hot deals on laptops, call now", "singles chart of the week", "tennis singles and doubles rules",
    "the escort ship followed the convoy", "the car has hard top and soft seats", "come here and help me with the sofa", "The bride wore white and {lover} cried",
]  # fmt: skip
